"""The text's insight: the repeated term, and the multiplications that its reuse saves."""

from collections.abc import Sequence

from derivation.counting import Count, count
from derivation.passages import Block, Formula, Heading, Passage, Sentences, Table
from derivation.question import Question
from experiments.wording import enumerated

DEPTHS = (1, 2, 3, 4, 5, 6, 8, 10, 20)


def repeated_term(question: Question) -> list[Block]:
    """The multiplications with and without the reuse of the repeated term."""
    sizes = question.network.sizes
    width = max(2, *sizes[1:-1]) if question.depth > 1 else 3
    return [
        Heading("The backprop insight"),
        Passage(
            "As we noted before, one term is repeated in the two expressions … this repeated term can be computed "
            "using only knowledge from the cost function and layer 2."
        ),
        Formula(
            r"\boldsymbol{\delta}_{l-1} = (W_l^T \boldsymbol{\delta}_l) \odot \sigma'(\mathbf{z}_{l-1}), "
            r"\quad dC/dW_l = \boldsymbol{\delta}_l \otimes \mathbf{h}_{l-1}"
        ),
        Sentences(
            rf"The repeated term is $\boldsymbol{{\delta}}_{question.depth}$. "
            "Each error signal is computed once, from the one above it, and serves every weight of its layer. The "
            "tables count the multiplications for all the derivatives of one example, without the forward pass."
        ),
        _table(f"This network, with {enumerated(sizes)} units", (sizes,)),
        _table(
            f"Networks of {width} units in each layer, by depth: the sums over paths grow by a factor of about "
            f"{width} per layer, backpropagation by a constant number",
            [[width] * (depth + 1) for depth in DEPTHS],
        ),
        _table(
            "The text's chain of single units, by depth $L$: it has only one path; the sums take $L (L + 1)$ "
            "multiplications, backpropagation takes $3 L - 1$",
            [[1] * (depth + 1) for depth in DEPTHS],
        ),
        Sentences(
            "Finite differences and a forward sweep need “a pass for each weight”. “Restarted” means going back from "
            "the output to each layer by matrix products without keeping the error signal: this alone makes the count "
            "quadratic instead of exponential in the depth, and keeping the signal makes it linear."
        ),
    ]


def _table(caption: str, networks: Sequence[Sequence[int]]) -> Table:
    counts = [(len(sizes) - 1, count(sizes)) for sizes in networks]
    return Table(
        caption,
        ("depth", "sums over paths", "a pass for each weight", "restarted", "backprop"),
        tuple((str(depth), *_row(each)) for depth, each in counts),
        frozenset(range(5)),
    )


def _row(each: Count) -> tuple[str, ...]:
    return tuple(
        f"{n:,}" if n < 1e9 else f"{n:.1e}"
        for n in (each.as_written, each.each_weight, each.each_layer, each.backprop)
    )
