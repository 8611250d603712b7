"""The reference in docs/python.md: every public name of `chainrule` with its signature, from the code itself.

`python docs/python_reference.py` writes it. A test holds the page against what there is.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import chainrule
from experiments.trained.trained_network import TrainedNetwork

PAGE: Final = Path(__file__).parent / "python.md"
BEGINS: Final = "<!-- reference: begin -->\n"
ENDS: Final = "<!-- reference: end -->"


def written(text: str) -> str:
    """The page with the reference of today."""
    before, begin, rest = text.partition(BEGINS)
    _, end, after = rest.partition(ENDS)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGINS.strip()} or {ENDS}")
    return before + begin + "\n".join(reference()) + end + after


def reference() -> Iterator[str]:
    """The lines of the reference."""
    for name in sorted(chainrule.__all__, key=lambda one: (one[0].isupper(), one)):
        what = getattr(chainrule, name)
        yield from ("", f"### `{name}`", "")
        if inspect.isfunction(what):
            yield from _function(f"chainrule.{name}", what)
        elif name in ("NetworkClassifier", "NetworkRegressor"):
            yield from _estimator(name, what)
        else:
            yield from _class(name, what)
    yield from ("", "### `TrainedNetwork`", "", "The champion of a study.", "")
    yield from ("| attribute | what it is |", "|---|---|")
    described = _entries(inspect.getdoc(TrainedNetwork) or "")
    yield from (f"| `{one}` | {described[one]} |" for one in ("classes", "features", "targets"))
    yield ""
    for method in (TrainedNetwork.predict, TrainedNetwork.predict_proba):
        yield from _function(f"study.champion.{method.__name__}", method)
    yield ""


def _estimator(name: str, what: type[Any]) -> Iterator[str]:
    """An estimator's parameters, which its class and the one above it describe, its attributes and its methods."""
    yield from ("An estimator of scikit-learn: [how to use it](scikit_learn.md).", "")
    ours = [one for one in what.__mro__ if one.__module__.startswith("estimators")]
    described = "\n".join(inspect.getdoc(one) or "" for one in ours)
    meanings = _entries(described)
    if not issubclass(what, chainrule.NetworkClassifier):
        yield from ("It has the parameters of `NetworkClassifier` but for `class_weight`.", "")
    else:
        yield from ("| parameter | default | meaning |", "|---|---|---|")
        for one in inspect.signature(what).parameters.values():
            yield f"| `{one.name}` | `{one.default!r}` | {meanings[one.name]} |"
        yield from ("", "| attribute | what it is |", "|---|---|")
        for attribute in (one for one in meanings if one.endswith("_")):
            yield f"| `{attribute}` | {meanings[attribute]} |"
        yield ""
    for member, one in vars(what).items():
        method = getattr(one, "fn", one)  # of those that only some outputs have
        if inspect.isfunction(method) and not member.startswith("_"):
            yield from _function(f"{name}.{member}", method)


def _entries(text: str) -> dict[str, str]:
    """What a docstring's sections say, by name."""
    found = re.findall(r"^    (\w+): (\S[^\n]*(?:\n     +\S[^\n]*)*)", text, re.MULTILINE)
    return {entry: _joined(meaning) for entry, meaning in found}


def _class(name: str, what: type[Any]) -> Iterator[str]:
    """What a class is, its attributes, and its methods."""
    yield from _paragraphs(inspect.getdoc(what) or "")
    members = {member: one for member, one in vars(what).items() if not member.startswith("_")}
    attributes = {
        member: one for member, one in members.items() if isinstance(one, property | cached_property)
    }
    if attributes:
        yield from ("| attribute | is | what it is |", "|---|---|---|")
        for member, one in attributes.items():
            getter: Any = one.fget if isinstance(one, property) else one.func
            is_a = _type(inspect.signature(getter).return_annotation)
            yield f"| `{member}` | `{is_a}` | {_joined(inspect.getdoc(one) or '')} |"
        yield ""
    for member, one in members.items():
        if inspect.isfunction(one):
            yield from ("", f"#### `{name}.{member}`", "")
            yield from _function(f"{name.lower()}.{member}", one)


def _function(name: str, what: Callable[..., Any]) -> Iterator[str]:
    """How a function is called, what it does, its arguments, and what it raises."""
    signature = inspect.signature(what)
    own = [one for one in signature.parameters.values() if one.name != "self"]
    given = []
    for one in own:
        if one.kind is one.KEYWORD_ONLY and "*" not in given:
            given.append("*")
        default = "" if one.default is one.empty else f" = {one.default!r}"
        given.append(f"{one.name}: {_type(one.annotation)}{default}")
    inside = "".join(["\n", *(f"    {one},\n" for one in given)]) if given else ""
    yield f"```text\n{name}({inside}) -> {_type(signature.return_annotation)}\n```\n"
    yield from _paragraphs(inspect.getdoc(what) or "")


def _paragraphs(text: str) -> Iterator[str]:
    """A docstring of Google's style as Markdown: its sections become tables and lines."""
    head, *sections = re.split(r"^(Args|Returns|Raises|Attributes):\n", text, flags=re.MULTILINE)
    yield from (head.strip(), "")
    for kind, body in zip(sections[::2], sections[1::2], strict=True):
        entries = re.findall(r"^    (\S[^\n]*(?:\n(?:     +\S[^\n]*|\n))*)", body, re.MULTILINE)
        if kind == "Returns":
            yield from (f"It returns: {_joined(body)}", "")
            continue
        yield from ({"Raises": "| raises | when |"}.get(kind, "| name | meaning |"), "|---|---|")
        for entry in entries:
            name, _, meaning = _joined(entry).partition(": ")
            yield f"| `{name}` | {meaning} |"
        yield ""


def _joined(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _type(annotation: Any) -> str:
    """A type without the modules that its parts come from; a table is one of pandas."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", text.strip("'\""))
    text = re.sub(r"Union\[_Buffer.*NoneType\]", "ArrayLike | None", text)
    text = re.sub(r"ndarray\[.*\]", "numpy.ndarray", text)
    return {"Table": "pandas.DataFrame"}.get(text, text.replace("'", ""))


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
