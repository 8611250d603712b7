"""The files of a paper kit: a document that compiles, and what it puts together."""

import re
from typing import Final

from experiments.recording.records import StudyRecord
from reports.conclusions.verdict import Verdict, margin_of
from reports.paper.checklist import checklist
from reports.paper.latex import tex
from reports.paper.methods import methods
from reports.paper.references import bibliography
from reports.paper.table import numbers, rows_of, table
from reports.results.exported_tables import as_csv
from reports.results.tables import Tables

FOLDER: Final = "paper"
"""Of the kit, in the folder of a report."""


def paper_kit(tables: Tables, verdict: Verdict, digest: str) -> dict[str, bytes]:
    """The content of every file of the kit by its name.

    Args:
        tables: the study.
        verdict: on it.
        digest: the SHA-256 of the records that the report carries.
    """
    margin = margin_of(tables)
    rows = rows_of(tables, verdict.standings)
    texts = {
        "table.tex": table(tables, rows, margin),
        "methods.tex": methods(tables, margin, digest),
        "checklist.tex": checklist(tables, rows),
        "paper.tex": _document(tables.study),
    }
    cited = re.findall(r"\\cite\{([^}]*)\}", "".join(texts.values()))
    texts["references.bib"] = bibliography(key for keys in cited for key in keys.split(","))
    files = {f"{FOLDER}/{name}": text.encode() for name, text in texts.items()}
    return files | {f"{FOLDER}/table.csv": as_csv(numbers(tables, rows))}


def _document(study: StudyRecord) -> str:
    """A document of all parts: pdflatex, bibtex and twice pdflatex make it."""
    title = " ".join(study.question.split()) or study.name
    return "\n".join(
        (
            r"\documentclass{article}",
            r"\usepackage{booktabs}",
            rf"\title{{{tex(title)}}}",
            r"\author{}",
            r"\date{}",
            r"\begin{document}",
            r"\maketitle",
            r"\sloppy",
            r"\input{methods}",
            r"\input{table}",
            r"\bibliographystyle{plain}",
            r"\bibliography{references}",
            r"\clearpage",
            r"\input{checklist}",
            r"\end{document}",
            "",
        )
    )
