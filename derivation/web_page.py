"""A worked derivation as one HTML page without network requests or scripts: formulas are MathML."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined
from latex2mathml.converter import convert
from markupsafe import Markup, escape

from derivation.numerals import as_table, lines
from derivation.passages import Block, Checks, Heading
from derivation.unicode_form import unicode_sentence

PAGE: Final = "derivation.html.j2"
BEFORE_STOP: Final = re.compile(r"(<math(?:(?!<math).)*?</math>[.,;:)”]+)")
BOLD_DELTA: Final = ('<mi mathvariant="bold-italic">&#x003B4;</mi>', "<mi>&#x1D739;</mi>")


def web_page(blocks: Sequence[Block]) -> str:
    """The page; its title is the heading of level 1."""
    environment = Environment(
        loader=DictLoader({PAGE: _template(PAGE)}),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(maths=mathml, inline=_inline, lines=lines, anchor=_anchor)
    environment.filters["plain"] = unicode_sentence
    (title,) = (block.text for block in blocks if isinstance(block, Heading) and block.level == 1)
    return environment.get_template(PAGE).render(
        title=title,
        css=Markup(_template("derivation.css")),  # our own text
        contents=[block for block in blocks if isinstance(block, Heading) and block.level == 2],
        blocks=[
            (type(shown).__name__, shown)
            for shown in (as_table(block) if isinstance(block, Checks) else block for block in blocks)
        ],
    )


def mathml(latex: str, display: str = "inline") -> Markup:
    """A formula as MathML, which latex2mathml serialises from a tree: its text is escaped.

    Browsers ignore its attribute for bold italic, so the bold italic letter itself is used.
    """
    return Markup(convert(latex, display=display).replace(*BOLD_DELTA))


def _inline(sentence: str) -> Markup:
    """A sentence with its formulas; no line break separates a formula from the stop that follows it."""
    parts = sentence.split("$")
    text = "".join(str(mathml(part) if index % 2 else escape(part)) for index, part in enumerate(parts))
    return Markup(BEFORE_STOP.sub(r'<span class="whole">\1</span>', text))


def _anchor(heading: str) -> str:
    """The anchor of a heading: `cost-function`."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in heading.lower()).split())


@cache
def _template(name: str) -> str:
    return files("derivation").joinpath("templates", name).read_text(encoding="utf-8")
