"""Conditions that a study file writes as text, such as "weights <= 5000" or "optimiser != 'adam' or l2 == 0".

Python's parser reads the text, nothing evaluates it as Python: of the tree only numbers, texts, names, arithmetic,
comparisons and logic are known, and each of them becomes a function of the names' values.

A name may have no value in a trial, as momentum with an optimiser that has none. What is computed from it has none
either, and logic is Kleene's: a condition is broken only if it is known to be false, as a CHECK of SQL is.
"""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, Literal
from warnings import catch_warnings, simplefilter

from experiments.mistakes import nearest
from experiments.wording import enumerated

LONGEST_TEXT: Final = 400
"""Characters of a condition; also what keeps the parser from nesting too deeply."""

EXPECTED: Final = "a comparison was expected, such as weights <= 5000"

ValueOf = Callable[[str], Any]
"""Gives the value of a name; None if it has none."""

Kind = Literal["number", "text", "truth", "other"]


@dataclass(frozen=True, slots=True)
class Name:
    """What a condition may name.

    Attributes:
        kind: what its values are; "other" of lists, tables and what is of several kinds.
        texts: the values that it may have, if they are texts.
        instead: what to name in its place if it cannot be compared, as a part of a sentence.
    """

    kind: Kind
    texts: frozenset[str] = frozenset()
    instead: str = ""


class ExpressionError(ValueError):
    """A condition that cannot be read, in words for the user."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a condition: its text, the kind of its value, the names in it, and its value."""

    text: str
    kind: Kind
    names: frozenset[str]
    value: Callable[[ValueOf], Any]
    texts: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Comparison(Part):
    """A part that compares two others.

    Attributes:
        left: what is compared.
        sign: how.
        right: with what.
    """

    left: Part = Part("", "other", frozenset(), lambda _: None)
    sign: str = ""
    right: Part = Part("", "other", frozenset(), lambda _: None)


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition on the settings of a trial.

    Attributes:
        text: as it was written.
        names: that it says something of.
        parts: those that must all hold; one with "or" or "not" in it stays whole.
    """

    text: str
    names: frozenset[str]
    parts: Sequence[Part]
    _value: Callable[[ValueOf], Any]

    @property
    def comparisons(self) -> Sequence[Comparison]:
        """The comparisons among its parts."""
        return tuple(one for one in self.parts if isinstance(one, Comparison))

    @classmethod
    def parse(cls, text: str, names: Mapping[str, Name]) -> "Expression":
        """Read a condition.

        Args:
            text: of it.
            names: what may be named.

        Raises:
            ExpressionError: that says what is wrong, with the nearest name.
        """
        whole = _part(_tree(text), text, names)
        if whole.kind != "truth":
            raise ExpressionError(EXPECTED)
        if not whole.names:
            raise ExpressionError("it names nothing that a trial has")
        return cls(text, whole.names, tuple(_all_of(whole)), whole.value)

    def holds(self, value_of: ValueOf) -> bool:
        """Whether a trial with these values meets it; one in which it divides by 0 does not."""
        try:
            return self._value(value_of) is not False
        except ArithmeticError:
            return False


@dataclass(frozen=True, slots=True)
class _Every(Part):
    """Parts that must all hold."""

    parts: Sequence[Part] = ()


def _all_of(part: Part) -> Iterator[Part]:
    """The parts that must all hold."""
    if isinstance(part, _Every):
        for one in part.parts:
            yield from _all_of(one)
    else:
        yield part


def _tree(text: str) -> ast.expr:
    if len(text) > LONGEST_TEXT:
        raise ExpressionError(f"it has {len(text):,} characters; at most {LONGEST_TEXT} were expected")
    if not text.strip():
        raise ExpressionError(f"it is empty; {EXPECTED}")
    for sign, ours in {"≤": "<=", "≥": ">=", "≠": "!="}.items():
        if sign in text:
            raise ExpressionError(f"{sign} is written {ours}")
    try:
        with catch_warnings():
            simplefilter("ignore")
            return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as reason:
        if "=" in text and not any(sign in text for sign in ("==", "<=", ">=", "!=")):
            raise ExpressionError("equal is written ==") from reason
        where = f' at "{rest}"' if (rest := text.strip()[(reason.offset or 1) - 1 :]) != text.strip() else ""
        raise ExpressionError(f"it cannot be read{where or ' to its end'}; {EXPECTED}") from reason
    except (ValueError, RecursionError, MemoryError) as reason:
        raise ExpressionError(f"it cannot be read; {EXPECTED}") from reason


ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}

SIGNS: Final[Mapping[type[ast.cmpop], tuple[str, Callable[[Any, Any], bool]]]] = {
    ast.LtE: ("<=", operator.le),
    ast.Lt: ("<", operator.lt),
    ast.GtE: (">=", operator.ge),
    ast.Gt: (">", operator.gt),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
}

TURNED: Final = {"<=": ">=", "<": ">", ">=": "<=", ">": "<", "==": "=="}
"""Signs as they are if the sides change places."""


def _part(node: ast.expr, text: str, names: Mapping[str, Name]) -> Part:
    """A node of the tree as a part of a condition."""
    written = ast.get_source_segment(text.strip(), node) or text
    match node:
        case ast.Constant(value=bool(value)) | ast.Name(id="true" | "false" as value):
            truth = value in (True, "true")
            return Part(written, "truth", frozenset(), lambda _: truth)
        case ast.Constant(value=int(number) | float(number)):
            if not _fits(number):
                raise ExpressionError(f"{written} is not a number that float64 can hold")
            return Part(written, "number", frozenset(), lambda _: number)
        case ast.Constant(value=str(said)):
            return Part(written, "text", frozenset(), lambda _: said, frozenset({said}))
        case ast.Name(id=name):
            return _named(name, names)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=operand):
            one = _number(_part(operand, text, names))
            sign = -1 if isinstance(op, ast.USub) else 1
            return Part(written, "number", one.names, _lifted(lambda each: sign * each, one))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            one = _truth(_part(operand, text, names))
            return Part(written, "truth", one.names, _lifted(operator.not_, one))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            both = [_number(_part(each, text, names)) for each in (left, right)]
            return Part(written, "number", _names_of(both), _lifted(ARITHMETIC[type(op)], *both))
        case ast.BoolOp(op=op, values=values):
            parts = [_truth(_part(each, text, names)) for each in values]
            if isinstance(op, ast.Or):
                return Part(written, "truth", _names_of(parts), _joined(parts, decides=True))
            return _Every(written, "truth", _names_of(parts), _joined(parts, decides=False), parts=parts)
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = [_part(each, text, names) for each in (left, *others)]
            compared = [
                _comparison(one, op, other) for one, op, other in zip(sides, ops, sides[1:], strict=False)
            ]
            if len(compared) == 1:
                return compared[0]
            return _Every(
                written, "truth", _names_of(compared), _joined(compared, decides=False), parts=compared
            )
    known = "numbers, texts, names, + - * /, comparisons, and, or, not"
    raise ExpressionError(f'"{written}" cannot be used here; a condition has {known}')


def _fits(number: float | int) -> bool:
    try:
        return isfinite(float(number))
    except OverflowError:
        return False


def _named(name: str, names: Mapping[str, Name]) -> Part:
    if name not in names:
        usable = [each for each, what in names.items() if what.kind != "other"]
        raise ExpressionError(f'unknown name "{name}"{nearest(name, usable)}')
    known = names[name]
    if known.kind == "other" and known.instead:
        raise ExpressionError(f'"{name}" cannot be compared; {known.instead}')
    texts = known.texts if known.kind == "text" else None
    return Part(name, known.kind, frozenset({name}), lambda value_of: value_of(name), texts)


def _comparison(left: Part, op: ast.cmpop, right: Part) -> Comparison:
    if type(op) not in SIGNS:
        raise ExpressionError(f"{enumerated((sign for sign, _ in SIGNS.values()), 'or')} was expected")
    sign, compare = SIGNS[type(op)]
    written = f"{left.text} {sign} {right.text}"
    if sign not in ("==", "!="):
        _number(left)
        _number(right)
    elif "other" not in (left.kind, right.kind):
        if left.kind != right.kind:
            raise ExpressionError(f'"{written}" compares a {left.kind} with a {right.kind}')
        _one_of_the_texts(left, right)
        _one_of_the_texts(right, left)
    return Comparison(
        written, "truth", left.names | right.names, _lifted(compare, left, right), None, left, sign, right
    )


def _one_of_the_texts(one: Part, other: Part) -> None:
    """Refuse a text that what it is compared with never is."""
    if one.names or not other.names or one.kind != "text" or not other.texts:
        return
    (said,) = one.texts or ("",)
    if said not in other.texts:
        never = f'{other.text} is never "{said}" in this study'
        raise ExpressionError(f"{never}{nearest(said, sorted(other.texts))}")


def _number(part: Part) -> Part:
    if part.kind != "number":
        raise ExpressionError(f'"{part.text}" is not a number')
    return part


def _truth(part: Part) -> Part:
    if part.kind != "truth":
        raise ExpressionError(f'"{part.text}" is not a comparison; and, or and not are for comparisons')
    return part


def _names_of(parts: Sequence[Part]) -> frozenset[str]:
    return frozenset[str]().union(*(one.names for one in parts))


def _lifted(function: Callable[..., Any], *parts: Part) -> Callable[[ValueOf], Any]:
    """A function of values that has none where one of them is missing."""

    def value(value_of: ValueOf) -> Any:
        found = [part.value(value_of) for part in parts]
        return None if None in found else function(*found)

    return value


def _joined(parts: Sequence[Part], decides: bool) -> Callable[[ValueOf], bool | None]:
    """`or` where a true part decides, `and` where a false one does; unknown where one is that could decide."""

    def value(value_of: ValueOf) -> bool | None:
        unknown = False
        for part in parts:
            found: bool | None = part.value(value_of)
            if found is decides:
                return found
            unknown |= found is None
        return None if unknown else not decides

    return value
