"""What is written for LaTeX stays text, whatever it is."""

import re
import unicodedata

import pytest

from reports.paper.latex import tabular, tex, typed


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("5 % of $3 & more_", r"5 \% of \$3 \& more\_"),
        ("a\\b{c}^~#", r"a\textbackslash{}b\{c\}\textasciicircum{}\textasciitilde{}\#"),
        ("−0.5 × 3 · 4 ≤ α", r"$-$0.5 $\times$ 3 $\cdot$ 4 $\leq$ $\alpha$"),
        ("Erdős, Čapek, naïve, Łódź", r"""Erd\H {o}s, \v {C}apek, na\"{i}ve, \L{}\'{o}d\'{z}"""),
        ("--home ,, '' ?` <<", r"-{}-home ,{}, '{}' ?{}` \textless{}\textless{}"),
        ("1–2 — “so”", "1--2 --- ``so''"),
        ("学\x1b[31m", r"\texttt{U+5B66}\textbackslash{}u001b[31m"),
        ("two\n lines", "two lines"),
    ],
)
def test_characters_that_latex_reads_otherwise_are_written_as_it_shows_them(text: str, written: str) -> None:
    assert tex(text) == written


def test_only_plain_letters_are_left_and_braces_close() -> None:
    every = "".join(map(chr, range(0x20, 0x2FFF)))
    written = tex(every + unicodedata.normalize("NFD", every))
    assert re.sub(r"[ -~]", "", written) == ""
    plain = re.sub(r"\\[\\{}$&#%_]", "", written)
    assert plain.count("{") == plain.count("}")
    assert plain.count("$") % 2 == 0
    assert not re.search(r"[&#%_^](?!\{)", re.sub(r"\$[^$]*\$|\\[\^~\"'`=.]", "", plain))


def test_a_row_may_begin_with_a_bracket() -> None:
    assert r"{[64]} & 3 \\" in tabular("lr", ("widths", "n"), [("[64]", "3")])


def test_a_command_may_break_where_a_shell_would() -> None:
    assert typed("a b/c") == r"\texttt{a \allowbreak{}b/\allowbreak{}c}"
