"""Text for LaTeX: whatever a study and its data are called, it compiles, with pdflatex as with the newer engines.

Nothing that is written here needs a package but booktabs.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from unicodedata import combining, normalize

from experiments.control_characters import visible

_GREEK: Final = (
    "α", "alpha", "β", "beta", "γ", "gamma", "δ", "delta", "ε", "varepsilon", "ζ", "zeta", "η", "eta", "θ", "theta",
    "ι", "iota", "κ", "kappa", "λ", "lambda", "μ", "mu", "ν", "nu", "ξ", "xi", "π", "pi", "ρ", "rho", "σ", "sigma",
    "τ", "tau", "υ", "upsilon", "φ", "varphi", "χ", "chi", "ψ", "psi", "ω", "omega", "Γ", "Gamma", "Δ", "Delta",
    "Θ", "Theta", "Λ", "Lambda", "Ξ", "Xi", "Π", "Pi", "Σ", "Sigma", "Υ", "Upsilon", "Φ", "Phi", "Ψ", "Psi",
    "Ω", "Omega",
)  # fmt: skip

_WRITTEN: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "\N{MINUS SIGN}": "$-$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{MIDDLE DOT}": r"$\cdot$",
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
    "\N{LESS-THAN OR EQUAL TO}": r"$\leq$",
    "\N{GREATER-THAN OR EQUAL TO}": r"$\geq$",
    "\N{ALMOST EQUAL TO}": r"$\approx$",
    "\N{RIGHTWARDS ARROW}": r"$\rightarrow$",
    "\N{INFINITY}": r"$\infty$",
    "\N{SQUARE ROOT}": r"$\surd$",
    "\N{SUPERSCRIPT TWO}": "$^2$",
    "\N{DEGREE SIGN}": r"$^\circ$",
    "\N{VULGAR FRACTION ONE HALF}": "1/2",
    "\N{EN DASH}": "--",
    "\N{EM DASH}": "---",
    "\N{LEFT DOUBLE QUOTATION MARK}": "``",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "''",
    "\N{LEFT SINGLE QUOTATION MARK}": "`",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{LATIN SMALL LETTER SHARP S}": r"\ss{}",
    "\N{LATIN SMALL LETTER AE}": r"\ae{}",
    "\N{LATIN CAPITAL LETTER AE}": r"\AE{}",
    "\N{LATIN SMALL LIGATURE OE}": r"\oe{}",
    "\N{LATIN CAPITAL LIGATURE OE}": r"\OE{}",
    "\N{LATIN SMALL LETTER O WITH STROKE}": r"\o{}",
    "\N{LATIN CAPITAL LETTER O WITH STROKE}": r"\O{}",
    "\N{LATIN SMALL LETTER L WITH STROKE}": r"\l{}",
    "\N{LATIN CAPITAL LETTER L WITH STROKE}": r"\L{}",
    "\N{LATIN SMALL LETTER DOTLESS I}": r"\i{}",
    "\N{MICRO SIGN}": r"$\mu$",
    **{letter: rf"$\{name}$" for letter, name in zip(_GREEK[::2], _GREEK[1::2], strict=True)},
}
"""What stands for a character that LaTeX would read as something else, or that old fonts lack."""

_ACCENTS: Final = {
    "\N{COMBINING GRAVE ACCENT}": "`",
    "\N{COMBINING ACUTE ACCENT}": "'",
    "\N{COMBINING CIRCUMFLEX ACCENT}": "^",
    "\N{COMBINING TILDE}": "~",
    "\N{COMBINING DIAERESIS}": '"',
    "\N{COMBINING MACRON}": "=",
    "\N{COMBINING DOT ABOVE}": ".",
    "\N{COMBINING BREVE}": "u ",
    "\N{COMBINING CARON}": "v ",
    "\N{COMBINING DOUBLE ACUTE ACCENT}": "H ",
    "\N{COMBINING RING ABOVE}": "r ",
    "\N{COMBINING CEDILLA}": "c ",
}

_ANOTHER: Final = ("--", ",,", "''", "``", "?`", "!`")
"""Pairs that LaTeX reads as one other character."""


def tex(text: object) -> str:
    """A text as LaTeX has it; of a letter that no standard font has, its number: U+5B66."""
    written = ""
    for letter in normalize("NFC", visible(" ".join(str(text).split()))):
        piece = _letter(letter)
        written += "{}" * (written[-1:] + piece[:1] in _ANOTHER) + piece
    return written


def _letter(letter: str) -> str:
    if letter in _WRITTEN:
        return _WRITTEN[letter]
    if " " <= letter <= "~":
        return letter
    parts = normalize("NFD", letter)
    if len(parts) == 2 and parts[1] in _ACCENTS and parts[0].isascii() and parts[0].isalpha():
        return rf"\{_ACCENTS[parts[1]]}{{{parts[0]}}}"
    return "" if combining(letter) else rf"\texttt{{U+{ord(letter):04X}}}"


def typed(text: str) -> str:
    """A command or another text for a program, in typewriter letters, which may break at blanks and slashes."""
    return rf"\texttt{{{tex(text).replace('/', '/' + BREAK).replace(' ', ' ' + BREAK)}}}"


BREAK: Final = r"\allowbreak{}"


def tabular(columns: Sequence[str], heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in the manner of booktabs, from cells that are LaTeX already.

    A first cell is in braces: after the end of a row, a bracket would be a distance.
    """
    lines = [
        rf"\begin{{tabular}}{{{''.join(columns)}}}",
        r"\toprule",
        f"{' & '.join(heads)} \\\\",
        r"\midrule",
    ]
    lines += [f"{{{first}}} & {' & '.join(others)} \\\\" for first, *others in rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])
