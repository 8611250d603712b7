"""The errata as blocks: the printed form, why it is wrong, the right form, and numbers for both."""

import numpy as np

from derivation.errata import ERRATA, Erratum
from derivation.numerals import number
from derivation.passages import Block, Formula, Heading, Passage, Sentences, Table
from derivation.proofs_of_the_text import Proof


def corrections() -> list[Block]:
    """Every erratum with its proof, which is computed here and now."""
    return [
        Heading("The founding text, corrected", 1),
        Sentences(
            "The founding text asks its readers to check its calculations and point out errors. This page lists the "
            "errors in the text and in the notebook that it links to. Each has three numbers: from the printed form, "
            "from the right form, and from an independent calculation."
        ),
        Passage(
            "I encourage everyone to check their calculations against mine and point out any "
            "errors/inconsistencies."
        ),
        *(block for index, erratum in enumerate(ERRATA, 1) for block in _of(index, erratum)),
    ]


def _of(index: int, erratum: Erratum) -> list[Block]:
    proof = erratum.proof()
    return [
        Heading(f"{index}. {erratum.title}"),
        Sentences(f"Printed in the {erratum.source}, under “{erratum.section}”:"),
        Formula(erratum.printed),
        Sentences(erratum.why),
        Sentences("The right form:"),
        Formula(erratum.right),
        _numbers(proof),
        *([Sentences(proof.so)] if proof.so else []),
    ]


def _numbers(proof: Proof) -> Table:
    rows = zip(*(np.ravel(each) for each in (proof.printed, proof.right, proof.true)), strict=True)
    return Table(
        f"{proof.quantity[0].upper()}{proof.quantity[1:]}",
        ("as printed", "right form", proof.how),
        tuple(tuple(map(number, row)) for row in rows),
        frozenset({0, 1, 2}),
    )
