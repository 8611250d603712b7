"""A formula in LaTeX as a line of Unicode, for a terminal.

It knows only the commands that the formulas of this room use: fractions, roots, sums, indices, Greek letters,
operators.
"""

import re
from typing import Final

COMMANDS: Final = {
    "sigma": "σ",
    "delta": "δ",
    "eta": "η",
    "lambda": "λ",
    "pi": "π",
    "partial": "∂",
    "nabla": "∇",
    "sum": "Σ",
    "odot": "⊙",
    "otimes": "⊗",
    "times": "×",
    "cdot": "·",
    "leftarrow": "←",
    "le": "≤",
    "ne": "≠",
    "approx": "≈",
    "in": "∈",
    "to": "→",
    "dots": "…",
    "quad": "   ",
    "left": "",
    "left.": "",
    "right": "",
    "ln": "ln ",
    "exp": "exp ",
    "cosh": "cosh",
    "tanh": "tanh ",
    "max": "max",
    "min": "min",
    "lVert": "‖",
    "rVert": "‖",
    ",": " ",
}
BINARY: Final = tuple("=+-<>⊙⊗×·←≤≠≈∈→")
"""Signs that stand between spaces."""

PLAIN: Final = ("mathbf", "boldsymbol", "operatorname", "mathrm")
"""Commands that change only how their argument looks."""

BELOW: Final = dict(zip("0123456789aehijklmnoprstuvx+-=()", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₊₋₌₍₎", strict=True))
ABOVE: Final = dict(zip("0123456789+-TLNnz()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᴸᴺⁿᶻ⁽⁾", strict=True))
TOKEN: Final = re.compile(r"\\left\.|\\[A-Za-z]+|\\.|.")

SPACING: Final = (
    (r"(Σ[₀-₉ₐ-ₜᵢᵣᵤᵥ']*)(?=[^\s₀-₉ₐ-ₜᵢᵣᵤᵥ'])", r"\1 "),
    (r"(?<=[^\s(-])Σ", " Σ"),
    (r"(ln|tanh|exp) +(?=\()", r"\1"),
    (r"(?<=[\w)])(?=(ln|tanh|exp)\b)", " "),
    (r"\( +", "("),
    (r" {4,}", "   "),
    (r":(?=\S)", ": "),
    (r",(?=\S)", ", "),
    (r"(?<=[ᵀ₀-₉ₐ-ₜᵢᵣᵤᵥ])(?=[A-Za-zα-ω√∇])", " "),
    (r"(?<=[½η])(?=[A-Za-z∂(√])", " "),
)
"""The spacing of a formula: patterns and replacements."""


def unicode_form(latex: str) -> str:
    """The formula in one line; raises `ValueError` at an unknown command."""
    text = _group(TOKEN.findall(latex)[::-1])
    for loose, tidy in SPACING:
        text = re.sub(loose, tidy, text)
    return text.strip()


def unicode_sentence(sentence: str) -> str:
    """A sentence with its formulas, which stand between dollar signs, in Unicode."""
    parts = sentence.split("$")
    return "".join(unicode_form(part) if index % 2 else part for index, part in enumerate(parts))


def _group(left: list[str]) -> str:
    """Everything up to the brace that closes the group, or to the end. Takes its tokens off the end of `left`."""
    text = ""
    while left and left[-1] != "}":
        part = _part(left)
        if part in BINARY:
            unary = part in "+-" and text.rstrip()[-1:] in ("", *"=([,")
            part = part if unary else f" {part} "
        if part.startswith(" ") and text.endswith(" "):
            part = part.lstrip(" ")
        text += part
    if left:
        left.pop()
    return text


def _part(left: list[str]) -> str:
    """One token, with its arguments."""
    token = left.pop()
    if token.isspace():
        return " " if left and left[-1] in ("(", r"\left") else ""  # h (1 - h) is a product, σ(z) is not
    if token == "{":
        return _group(left)
    if token in "_^":
        return _index(_part(left), token)
    if not token.startswith("\\"):
        return token
    name = token[1:]
    if name == "frac":
        quotient = f"{_enclosed(_argument(left))}/{_enclosed(_argument(left))}"
        return "½" if quotient == "1/2" else quotient
    if name == "sqrt":
        return f"√{_enclosed(_argument(left))}"
    if name == "text":
        return _verbatim(left)
    if name == "mathbb":
        return {"R": "ℝ"}[_argument(left)]
    if name in PLAIN:
        return _argument(left)
    if name not in COMMANDS:
        raise ValueError(f"{token} has no form in Unicode here")
    return COMMANDS[name]


def _argument(left: list[str]) -> str:
    while left[-1].isspace():
        left.pop()
    return _part(left)


def _verbatim(left: list[str]) -> str:
    text = ""
    left.pop()
    while (token := left.pop()) != "}":
        text += token
    return text


def _index(text: str, sign: str) -> str:
    table = BELOW if sign == "_" else ABOVE
    bare = text.replace(",", "").replace(" ", "")
    if all(letter in table or letter == "'" for letter in bare):
        return "".join(table.get(letter, letter) for letter in bare)
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def _enclosed(text: str) -> str:
    """In brackets, unless it is one symbol with its indices, or such a symbol after ∂ or d."""
    return text if re.fullmatch(r"[∂d]?\S[₀-₉ₐ-ₜᵢᵣᵤᵥⱼ₊₋']*|[∂d]?C|dσ\(\S+\)|\d+", text) else f"({text})"
