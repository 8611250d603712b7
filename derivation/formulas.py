"""The formulas of the chain rule in LaTeX, with the activations' formulas from `core`; every format renders these."""

from typing import Final

from core import ACTIVATIONS, Network
from derivation.passages import Formula

BETWEEN: Final = "umprsvkn"
"""Letters of the units on a path, from the output down; the text has u and m."""


def sigma(network: Network, layer: int) -> str:
    """The activation's letter; the output's has an index if it differs, since the text has one letter for all."""
    last = len(network.layers)
    same = network.layers[-1].activation == network.layers[0].activation
    return r"\sigma_y" if layer == last and not same else r"\sigma"


def _prime(network: Network, layer: int) -> str:
    """The letter of the activation's slope."""
    return "\\sigma'" if sigma(network, layer) == r"\sigma" else "\\sigma_y'"


def slope_at(network: Network, layer: int, unit: str = "") -> str:
    """σ'(z) of a unit of a layer, or of the whole layer."""
    prime = _prime(network, layer)
    if unit:
        return rf"{prime}(z_{{{layer},{unit}}})"
    return rf"{prime}(z_{layer})" if set(network.sizes) == {1} else rf"{prime}(\mathbf{{z}}_{layer})"


def activations_of(network: Network, layer: int) -> str:
    """The letter of a layer's activations: x, h_1, …, y."""
    if layer == 0:
        return r"\mathbf{x}"
    return r"\mathbf{y}" if layer == len(network.layers) else rf"\mathbf{{h}}_{layer}"


def activations(network: Network) -> list[Formula]:
    """The activations of a network with their slopes: one formula, or two if the output has its own activation."""
    shown = []
    for layer in sorted({1, len(network.layers)}, key=lambda layer: sigma(network, layer)):
        formula = ACTIVATIONS[network.layers[layer - 1].activation]
        letter = sigma(network, layer)
        ties = formula.mixes
        slope = r"\partial h_v/\partial z_u" if ties else f"{_prime(network, layer)}(z)"
        value = rf"{letter}(\mathbf{{z}})_u" if ties else f"{letter}(z)"
        shown.append(Formula(rf"{value} = {formula.latex}, \quad {slope} = {formula.latex_slope}"))
    return list(dict.fromkeys(shown))


def by_paths(network: Network, layer: int) -> str:
    """dC/dw_{l,ij} as the text's last component-wise formula has it, for any layer of any network."""
    depth = len(network.layers)
    sums: list[str] = []
    factors: list[str] = []
    for number, above in enumerate(range(depth, layer - 1, -1)):
        z_unit = BETWEEN[number] if above > layer else "i"
        h_unit = z_unit
        if ACTIVATIONS[network.layers[above - 1].activation].mixes:
            h_unit = z_unit + "'"
            sums.append(rf"\sum_{{{h_unit}}}")
        if above > layer:
            sums.append(rf"\sum_{{{z_unit}}}")
        if above == depth:
            factors.append(rf"\frac{{\partial C}}{{\partial y_{{{h_unit}}}}}")
        else:
            factors.append(f"w_{{{above + 1},{BETWEEN[number - 1]}{h_unit}}}")
        factors.append(
            slope_at(network, above, z_unit)
            if h_unit == z_unit
            else rf"\frac{{\partial h_{{{above},{h_unit}}}}}{{\partial z_{{{above},{z_unit}}}}}"
        )
    below = "x_j" if layer == 1 else f"h_{{{layer - 1},j}}"
    product = r"\,".join([*factors, below])
    return rf"\frac{{\partial C}}{{\partial w_{{{layer},ij}}}} = {' '.join([*sums, product])}"
