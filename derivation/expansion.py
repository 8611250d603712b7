"""The text's derivation by components, line by line, for a network of any depth: formulas in LaTeX."""

from typing import Final

from core import ACTIVATIONS, Network
from derivation.formulas import BETWEEN, activations_of, sigma, slope_at
from derivation.passages import Formula

BY: Final = r"\partial w_{1,ij}"


def outputs(network: Network) -> list[Formula]:
    """y_u from the last weighted input down to x, one line a layer."""
    depth = len(network.layers)
    lines, opened = [f"z_{{{depth},u}}"], ""
    for layer in range(depth, 0, -1):
        above, below = BETWEEN[depth - layer], BETWEEN[depth - layer + 1]
        reached = f"x_{below}" if layer == 1 else f"h_{{{layer - 1},{below}}}"
        opened += rf"\sum_{below} w_{{{layer},{above}{below}}}\,"
        lines.append(opened + reached)
        if layer > 1:
            opened += rf"{sigma(network, layer - 1)}\left( "
    last = sigma(network, depth)
    return [Formula(rf"y_u = {last}\left( {line}{_closed(line)} \right)") for line in lines]


def derivative(network: Network) -> list[Formula]:
    """∂C/∂w_{1,ij}, each line one application of the chain rule, and the innermost derivative."""
    depth = len(network.layers)
    product, lines = "", []
    for layer in range(depth, 0, -1):
        unit = BETWEEN[depth - layer]
        ties = ACTIVATIONS[network.layers[layer - 1].activation].mixes
        reached = f"{unit}'" if ties else unit
        if layer == depth:
            product = rf"\sum_{{{reached}}} \frac{{\partial C}}{{\partial y_{{{reached}}}}}\,"
            lines.append(rf"{product} \frac{{\partial y_{{{reached}}}}}{{{BY}}}")
        else:
            product += rf"\sum_{{{reached}}} w_{{{layer + 1},{BETWEEN[depth - layer - 1]}{reached}}}\,"
            lines.append(rf"{product} \frac{{\partial h_{{{layer},{reached}}}}}{{{BY}}}")
        product += (
            rf"\sum_{{{unit}}} \frac{{\partial h_{{{layer},{reached}}}}}{{\partial z_{{{layer},{unit}}}}}\,"
            if ties
            else rf"{slope_at(network, layer, unit)}\,"
        )
        lines.append(rf"{product} \frac{{\partial z_{{{layer},{unit}}}}}{{{BY}}}")
    first, below = BETWEEN[depth - 1], BETWEEN[depth]
    left = rf"\frac{{\partial z_{{1,{first}}}}}{{{BY}}} = \frac{{\partial}}{{{BY}}} "
    return [
        *(Formula(rf"\frac{{\partial C}}{{{BY}}} = {line}") for line in lines),
        Formula(
            rf"{left} \sum_{below} w_{{1,{first}{below}}}\,x_{below} = x_j \text{{ if }} {first} = i \text{{, else }} 0"
        ),
    ]


def as_matrix(network: Network, layer: int) -> Formula:
    """dC/dW_l with every error signal written out, as the text has it for its two layers."""
    depth = len(network.layers)
    signal = ""
    for above in range(depth, layer - 1, -1):
        arriving = (
            r"\nabla C" if above == depth else rf"\left[ W_{above + 1}^T \left( {signal} \right) \right]"
        )
        ties = ACTIVATIONS[network.layers[above - 1].activation].mixes
        signal = rf"J_{above}^T {arriving}" if ties else rf"{arriving} \odot {slope_at(network, above)}"
    below = activations_of(network, layer - 1)
    return Formula(rf"\frac{{dC}}{{dW_{layer}}} = \left( {signal} \right) \otimes {below}")


def _closed(line: str) -> str:
    return r" \right)" * line.count(r"\left(")
