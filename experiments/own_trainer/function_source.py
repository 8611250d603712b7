"""A function that Python hands over as the text of a module, which another process can run.

The text has the function, what it uses of its own module or notebook, and the imports of all else. It is recorded with
the study, so that readers of the record know what was trained.

Examples:
    >>> import colorsys
    >>> "ONE_THIRD = 0.333" in source_of(colorsys.hls_to_rgb)
    True
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from symtable import symtable
from types import FunctionType, ModuleType
from typing import Any


class NoSourceError(ValueError):
    """A function cannot be told as text; the text says why."""


def source_of(function: FunctionType) -> str:
    """The text of a module that has this function.

    Raises:
        NoSourceError: if the function, or something that it uses, is in no file and no cell, or is a value that
            another process does not have.
    """
    imports: dict[str, str] = {}
    pieces: dict[str, str] = {}
    _add(function.__name__, function, function, imports, pieces)
    later = "from __future__ import annotations"  # what they name need not be there
    return "\n".join([later, *imports.values(), "", *pieces.values()])


def _add(
    name: str, value: Any, function: FunctionType, imports: dict[str, str], pieces: dict[str, str]
) -> None:
    """Add what a name of the function's module stands for, after all that it uses itself."""
    if name in imports or name in pieces:
        return
    if isinstance(value, ModuleType):
        imports[name] = f"import {value.__name__}" + (f" as {name}" if name != value.__name__ else "")
    elif isinstance(value, FunctionType | type) and value.__module__ == function.__module__:
        pieces[name] = ""  # it may use itself
        text = _text(name, value)
        for used in _names(text):
            if used in function.__globals__:
                _add(used, function.__globals__[used], function, imports, pieces)
        del pieces[name]  # to come after what it uses
        pieces[name] = text
    elif _is_imported(value):
        imports[name] = f"from {value.__module__} import {value.__name__}" + (
            f" as {name}" if name != value.__name__ else ""
        )
    elif _is_literal(value):
        pieces[name] = f"{name} = {value!r}\n"
    else:
        own = function.__name__
        raise NoSourceError(
            f"{own} uses {name}, {_kind(value)}, which no text can stand for: make it inside {own}"
        )


def _text(name: str, value: FunctionType | type) -> str:
    """The source of a function or class."""
    if isinstance(value, FunctionType) and value.__closure__:
        inner = ", ".join(value.__code__.co_freevars)
        raise NoSourceError(f"{name} uses {inner} of the function around it: write it at the top level")
    if value.__name__ == "<lambda>":
        raise NoSourceError(f"{name} is no function with a name of its own: write it with def")
    unread = NoSourceError(f"the source of {name} cannot be read: write it in a module or a cell")
    try:
        text = textwrap.dedent(inspect.getsource(value))
        first = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError) as reason:
        raise unread from reason
    # of what `exec` has made, Python 3.13 may give a line of `python -c`
    if (
        not isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        or first.name != value.__name__
    ):
        raise unread
    return text


def _names(text: str) -> Iterator[str]:
    """The names of its module that a text reads."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    tables = [symtable(ast.unparse(tree), "<source>", "exec")]
    while tables:
        table = tables.pop(0)
        tables += table.get_children()
        top = table.get_type() == "module"
        yield from (
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (top or symbol.is_global())
        )


def _is_imported(value: Any) -> bool:
    """Whether a value is found in its module under its own name."""
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == "__main__":
        return False
    return getattr(inspect.getmodule(value), name, None) is value


def _is_literal(value: Any) -> bool:
    """Whether Python reads the same value from its text."""
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False


def _kind(value: Any) -> str:
    """What a value is, with an article."""
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
