"""The formulas of costs, activations and the chain rule, in LaTeX; every format renders these."""

from dataclasses import dataclass
from typing import Final

from core import ACTIVATIONS, Network
from derivation.blocks import Formula


@dataclass(frozen=True, slots=True)
class WithSlope:
    """A function beside its derivative, in LaTeX."""

    value: str
    slope: str


ACTIVATION: Final = {
    "sigmoid": WithSlope(r"\frac{1}{1 + e^{-z}}", r"h (1 - h)"),
    "tanh": WithSlope(r"\tanh z", r"1 - h^2"),
    "relu": WithSlope(r"\max(0, z)", r"1 \text{ if } z > 0 \text{, else } 0"),
    "leaky_relu": WithSlope(
        r"z \text{ if } z > 0 \text{, else } 0.01\,z", r"1 \text{ if } z > 0 \text{, else } 0.01"
    ),
    "softplus": WithSlope(r"\ln(1 + e^z)", r"\frac{1}{1 + e^{-z}}"),
    "gelu": WithSlope(
        r"z\,g, \quad g = \frac{1}{2} (1 + \tanh v), \quad v = \sqrt{2/\pi}\,(z + 0.044715\,z^3)",
        r"g + 2\,z\,g (1 - g) \sqrt{2/\pi}\,(1 + 0.134145\,z^2)",
    ),
    "silu": WithSlope(r"z\,s, \quad s = \frac{1}{1 + e^{-z}}", r"s + h (1 - s)"),
    "identity": WithSlope("z", "1"),
    "softmax": WithSlope(
        r"\frac{e^{z_u}}{\sum_v e^{z_v}}", r"h_v (1 - h_v) \text{ if } u = v \text{, else } -h_u h_v"
    ),
}
"""σ(z) and σ'(z) of each activation of `core`, in z and h = σ(z); for softmax the slope is ∂h_v/∂z_u."""

COST: Final = {
    "quadratic": WithSlope(r"\frac{1}{2} \sum_u (y_u - t_u)^2", r"y_u - t_u"),
    "cross_entropy": WithSlope(
        r"-\sum_u \left[ t_u \ln\,y_u + (1 - t_u) \ln(1 - y_u) \right]",
        r"\frac{y_u - t_u}{y_u (1 - y_u)}",
    ),
    "log_likelihood": WithSlope(r"-\sum_u t_u \ln\,y_u", r"-\frac{t_u}{y_u}"),
    "absolute": WithSlope(r"\sum_u |y_u - t_u|", r"\operatorname{sign}(y_u - t_u)"),
    "huber": WithSlope(
        r"\sum_u \frac{1}{2} e_u^2 \text{ where } |e_u| \le 1 \text{, else } |e_u| - \frac{1}{2},"
        r" \quad e_u = y_u - t_u",
        r"\max(-1, \min(1, e_u))",
    ),
    "log_cosh": WithSlope(r"\sum_u \ln\,\cosh(y_u - t_u)", r"\tanh(y_u - t_u)"),
    "squared_hinge": WithSlope(
        r"\sum_u \max(0, 1 - s_u y_u)^2, \quad s_u = 2\,t_u - 1", r"-2\,s_u \max(0, 1 - s_u y_u)"
    ),
    "exponential": WithSlope(r"\exp \sum_u (y_u - t_u)^2", r"2\,C\,(y_u - t_u)"),
    "hellinger": WithSlope(
        r"\frac{1}{\sqrt{2}} \sum_u (\sqrt{y_u} - \sqrt{t_u})^2",
        r"\frac{1}{\sqrt{2}} (1 - \sqrt{t_u / y_u})",
    ),
}
"""C(y) and ∂C/∂y_u of each cost of `core`; t is the target."""

BETWEEN: Final = "umprsvkn"
"""Letters of the units on a path, from the output down; the text has u and m."""


def sigma(network: Network, layer: int) -> str:
    """The activation's letter; the output's has an index where it is another one, for the text has one for all."""
    last = len(network.layers)
    same = network.layers[-1].activation == network.layers[0].activation
    return r"\sigma_y" if layer == last and not same else r"\sigma"


def slope_at(network: Network, layer: int, unit: str = "") -> str:
    """σ'(z) of a unit of a layer, or of the whole layer."""
    letter = sigma(network, layer)
    prime = "\\sigma'" if letter == r"\sigma" else "\\sigma_y'"
    if unit:
        return rf"{prime}(z_{{{layer},{unit}}})"
    return rf"{prime}(z_{layer})" if set(network.sizes) == {1} else rf"{prime}(\mathbf{{z}}_{layer})"


def activations_of(network: Network, layer: int) -> str:
    """The letter of a layer's activations: x, h_1, …, y."""
    if layer == 0:
        return r"\mathbf{x}"
    return r"\mathbf{y}" if layer == len(network.layers) else rf"\mathbf{{h}}_{layer}"


def activations(network: Network) -> list[Formula]:
    """The activations of a network beside their slopes: one formula, or two where the output has another one."""
    shown = []
    for layer in sorted({1, len(network.layers)}, key=lambda layer: sigma(network, layer)):
        formula = ACTIVATION[network.layers[layer - 1].activation]
        letter = sigma(network, layer)
        ties = ACTIVATIONS[network.layers[layer - 1].activation].mixes
        slope = (
            r"\partial h_v/\partial z_u"
            if ties
            else ("\\sigma'" if letter == r"\sigma" else "\\sigma_y'") + "(z)"
        )
        value = rf"{letter}(\mathbf{{z}})_u" if ties else f"{letter}(z)"
        shown.append(Formula(rf"{value} = {formula.value}, \quad {slope} = {formula.slope}"))
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
