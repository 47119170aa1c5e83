"""Conditions and figures over the state, such as "ready[1] == n_subbufs and changed(lost)".

Parsing and evaluating is simpleeval's, with operators that take whole columns: a condition is found
for all steps of a history at once. What may stand in one is checked when it is made, against a list
of what is allowed.
"""

from __future__ import annotations

import ast
import operator
import re
from difflib import get_close_matches
from functools import reduce
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from simpleeval import InvalidExpression, SimpleEval

from relayviz.model.channel.config import MAX_CPUS
from relayviz.model.condition.columns import BUFFER_NAMES, NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from relayviz.model.condition.columns import Columns

_LONE_EQUALS = re.compile(r"(?<![=!<>])=(?!=)")
LONGEST = 500  # characters; keeps numbers and nesting small too
_LARGEST = 2**53  # of a number in it: more would be rounded


def _of_numbers(calculate: Callable[..., object]) -> Callable[..., object]:
    """Return an operator that refuses texts: Python would repeat one until memory is full."""

    def checked(*values: object) -> object:
        if any(np.asarray(value).dtype.kind not in "biuf" for value in values):
            raise TypeError
        return calculate(*values)

    return checked


_OPERATORS: dict[type[ast.AST], Callable[..., object]] = {
    ast.Add: _of_numbers(operator.add),
    ast.Sub: _of_numbers(operator.sub),
    ast.Mult: _of_numbers(operator.mul),
    ast.Div: _of_numbers(operator.truediv),
    ast.FloorDiv: _of_numbers(operator.floordiv),
    ast.Mod: _of_numbers(operator.mod),
    ast.USub: _of_numbers(operator.neg),
    ast.UAdd: _of_numbers(operator.pos),
    ast.Not: np.logical_not,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
FUNCTIONS = ("abs", "before", "changed", "grew", "max", "min")
"""What may be called. `before(x)` is x at the step before, at the first step x itself."""

_ALLOWED = (
    *(ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.BinOp, ast.UnaryOp, ast.Compare),
    *(ast.IfExp, ast.Constant, ast.Name, ast.Subscript, ast.Load, ast.Call, *_OPERATORS),
)


class ConditionError(ValueError):
    """A condition that cannot be used; says why, and what would be right."""


class Condition:
    """A condition or a figure over named state; checked when it is made.

    Args:
        text: In Python's notation; names are those of model.columns.NAMES.

    Attributes:
        text: As given, without blanks around it.
        names: What it looks at: (name, CPU number or None).

    Raises:
        ConditionError: It is none.
    """

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self._tree = _parsed(self.text)
        _check(self._tree)
        self.names = _names(self._tree)

    def over(self, columns: Columns) -> NDArray[Any]:
        """Return its value at each step, shape (steps,).

        Raises:
            ConditionError: It has no value, such as a text that is added to a number.
        """
        try:
            with np.errstate(all="ignore"):  # a division by 0 is no number, and true of nothing
                found = _Evaluator(columns).value(self._tree)
                return np.broadcast_to(np.asarray(found), (len(columns),))
        except (TypeError, ValueError) as error:
            message = f"{self.text}: a text can only be compared with a text."
            raise ConditionError(message) from error
        except (ArithmeticError, RecursionError, InvalidExpression) as error:
            raise ConditionError(f"{self.text}: {error}.") from error

    def holds(self, columns: Columns) -> NDArray[np.bool_]:
        """Return at which steps it is true, or a number other than 0; see over."""
        found = self.over(columns)
        if found.dtype.kind == "f":
            found = np.nan_to_num(found)
        return found.astype(np.bool_)

    def values_put_in(self, columns: Columns) -> str:
        """Say what its names are at the last step, such as "ready[1] = 3, n_subbufs = 8"."""
        parts = []
        for name, cpu in sorted(self.names, key=str):
            value = columns.of(name, cpu)[-1]
            shown = repr(str(value)) if isinstance(value, str) else f"{value}"
            parts.append(f"{name if cpu is None else f'{name}[{cpu}]'} = {shown}")
        return ", ".join(parts)


class _Evaluator(SimpleEval):  # type: ignore[misc]
    """simpleeval over columns: names are looked up, and truth is found step by step."""

    def __init__(self, columns: Columns) -> None:
        super().__init__(_OPERATORS, _functions(), {})
        self._columns = columns
        self.nodes[ast.Name] = lambda node: columns.of(node.id)
        self.nodes[ast.BoolOp] = self._bool
        self.nodes[ast.Compare] = self._compare
        self.nodes[ast.IfExp] = self._choice
        self.nodes[ast.Subscript] = self._of_buffer

    def value(self, tree: ast.Expression) -> object:
        """Return the value of an expression; can be asked once."""
        try:
            return self._eval(tree.body)
        finally:
            self.nodes.clear()  # they hold on to this, and this to the columns

    def _bool(self, node: ast.BoolOp) -> object:
        joined = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return joined.reduce(np.broadcast_arrays(*map(self._truth, node.values)))

    def _truth(self, node: ast.expr) -> NDArray[np.bool_]:
        value = np.asarray(self._eval(node))
        return (np.nan_to_num(value) if value.dtype.kind == "f" else value).astype(np.bool_)

    def _compare(self, node: ast.Compare) -> object:
        values = [self._eval(each) for each in (node.left, *node.comparators)]
        pairs = zip(node.ops, values, values[1:], strict=False)
        compared = [np.asarray(_OPERATORS[type(op)](a, b)) for op, a, b in pairs]
        return np.logical_and.reduce(np.broadcast_arrays(*compared))

    def _choice(self, node: ast.IfExp) -> object:
        parts = (self._eval(node.body), self._eval(node.orelse))
        return np.where(self._truth(node.test), *parts)

    def _of_buffer(self, node: ast.Subscript) -> object:
        name, cpu = _name_of(node), _cpu_of(node)
        if cpu is not None:
            return self._columns.of(name, cpu)
        cpus = self._columns.of("cpu")  # of the step: name[cpu]
        found = np.zeros(len(self._columns), np.int64)
        for each in np.unique(cpus):
            found[cpus == each] = self._columns.of(name, int(each))[cpus == each]
        return found


def _functions() -> dict[str, Callable[..., object]]:
    return {
        "abs": np.abs,
        "min": lambda *values: reduce(np.minimum, values),
        "max": lambda *values: reduce(np.maximum, values),
        "before": _before,
        "changed": lambda values: values != _before(values),
        "grew": lambda values: values > _before(values),
    }


def _before(values: object) -> NDArray[Any]:
    column = np.atleast_1d(np.asarray(values))
    return np.concatenate((column[:1], column[:-1]))


def _parsed(text: str) -> ast.Expression:
    if not text:
        raise ConditionError("Write a condition, such as lost == 0.")
    if len(text) > LONGEST:
        raise ConditionError(f"It is too long: at most {LONGEST} characters.")
    try:
        return ast.parse(text, mode="eval")
    except SyntaxError as error:
        hint = " Use == to compare." if _LONE_EQUALS.search(text) else ""
        raise ConditionError(f"{text}: {error.msg}.{hint}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConditionError(f"{text[:40]}: this is no expression.") from error


def _check(tree: ast.Expression) -> None:
    """Refuse what is not on the list.

    Raises:
        ConditionError: The first thing that is not.
    """
    called = set()
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise ConditionError(
                f"{_shown(node)}: only numbers, texts, names, name[cpu], + - * / // %,"
                f" comparisons, and, or, not, and {', '.join(FUNCTIONS)} are understood."
            )
        if isinstance(node, ast.Call):
            _check_call(node)
            called.add(id(node.func))
        elif isinstance(node, ast.Constant):
            _check_constant(node)
        elif isinstance(node, ast.Subscript):
            _check_subscript(node)
        elif isinstance(node, ast.Name) and id(node) not in called:
            _check_name(node.id)


def _check_call(node: ast.Call) -> None:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in FUNCTIONS or node.keywords:
        raise ConditionError(f"{_shown(node)}: only {', '.join(FUNCTIONS)} can be called.")
    if not node.args or (len(node.args) > 1 and name not in ("min", "max")):
        raise ConditionError(f"{_shown(node)}: {name} takes one value; min and max take several.")


def _check_constant(node: ast.Constant) -> None:
    if type(node.value) not in (int, float, bool, str):
        raise ConditionError(f"{_shown(node)}: only numbers and texts can be compared.")
    if isinstance(node.value, int | float) and not abs(node.value) <= _LARGEST:
        raise ConditionError(f"{_shown(node)}: this number is too large.")


def _check_subscript(node: ast.Subscript) -> None:
    if _name_of(node) not in BUFFER_NAMES:
        raise ConditionError(f"{_shown(node)}: only figures of a buffer have a [cpu].")
    index = node.slice
    is_step = isinstance(index, ast.Name) and index.id == "cpu"
    is_number = isinstance(index, ast.Constant) and type(index.value) is int
    if not is_step and not (is_number and 0 <= cast("int", _cpu_of(node)) < MAX_CPUS):
        raise ConditionError(f"{_shown(node)}: write the CPU's number, as in ready[0].")


def _check_name(name: str) -> None:
    if name in NAMES:
        return
    near = get_close_matches(name, NAMES, 1)
    meant = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(NAMES))}."
    raise ConditionError(f"{name}: there is no such name. {meant}")


def _names(tree: ast.Expression) -> frozenset[tuple[str, int | None]]:
    nodes = list(ast.walk(tree))
    inner = {id(node.value) for node in nodes if isinstance(node, ast.Subscript)}
    found = [node for node in nodes if isinstance(node, ast.Subscript | ast.Name)]
    named = {(_name_of(node), _cpu_of(node)) for node in found if id(node) not in inner}
    return frozenset(each for each in named if each[0] in NAMES)


def _name_of(node: ast.AST) -> str:
    inner = node.value if isinstance(node, ast.Subscript) else node
    return inner.id if isinstance(inner, ast.Name) else ""


def _cpu_of(node: ast.AST) -> int | None:
    index = node.slice if isinstance(node, ast.Subscript) else None
    return index.value if isinstance(index, ast.Constant) and type(index.value) is int else None


def _shown(node: ast.AST) -> str:
    return ast.unparse(node)[:40] if isinstance(node, ast.expr) else type(node).__name__.lower()
