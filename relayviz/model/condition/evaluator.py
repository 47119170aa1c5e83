"""Computes expressions over whole columns: the value at each of many steps, all at once.

As Python would compute them for each step alone, but: a division by 0 is no number, and whole
numbers that do not fit 64 bits are rounded as fractions are. A single number is a column of one
step. What may stand in an expression is decided before (`language`).
"""

from __future__ import annotations

import ast
import operator
from functools import reduce
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Column = NDArray[Any]
    Binary = Callable[[Any, Any], Any]

WORD = 2**63
"""The first whole number that a column cannot hold exactly."""

DIVISIONS: dict[type[ast.operator], Binary] = {
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
ARITHMETIC: dict[type[ast.operator], Binary] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    **DIVISIONS,
}
SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
COMPARISONS: dict[type[ast.cmpop], Binary] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class Values(Protocol):
    """What names stand for."""

    def __len__(self) -> int:
        """Return the number of steps."""

    def of(self, name: str, cpu: int | None = None) -> Column:
        """Return a figure at each step; of one CPU's buffer, or as a whole."""


class Evaluator:
    """Computes expressions over figures.

    Args:
        figures: What names stand for.
        is_strict: A division by 0 raises ZeroDivisionError; else it is no number (nan).
    """

    def __init__(self, figures: Values, *, is_strict: bool = False) -> None:
        self._figures, self._is_strict = figures, is_strict

    def value(self, node: ast.expr) -> Column:  # noqa: C901, PLR0911  a table of cases
        """Return the value at each step, or one without dimension that is the same at all.

        Parts that no step needs are not computed: the rest of an `and` that nowhere holds.

        Raises:
            TypeError: A text where only a number will do.
            ZeroDivisionError: See is_strict.
        """
        match node:
            case ast.Constant(value=value):
                return np.asarray(value)
            case ast.Name(id=name):
                return self._figures.of(name)
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                return self._of_buffer(name, index)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return np.asarray(~truth(self.value(operand)))
            case ast.UnaryOp(op=sign, operand=operand):
                return np.asarray(SIGNS[type(sign)](_number(self.value(operand))))
            case ast.BinOp(left=left, op=op, right=right):
                return self._calculated(op, _number(self.value(left)), _number(self.value(right)))
            case ast.BoolOp():
                return self._joined(node)
            case ast.Compare():
                return self._compared(node)
            case ast.IfExp():
                return self._chosen(node)
            case ast.Call(func=ast.Name(id=name), args=args):
                return np.asarray(FUNCTIONS[name](*map(self.value, args)))
        raise TypeError(f"{ast.unparse(node)[:40]} has no value")

    def _of_buffer(self, name: str, index: ast.expr) -> Column:
        if isinstance(index, ast.Constant) and isinstance(index.value, int):
            return self._figures.of(name, index.value)
        cpus = self._figures.of("cpu")  # of the step: name[cpu]
        least = int(cpus.min())
        found = np.zeros(len(self._figures), np.int64)
        for each in np.flatnonzero(np.bincount(cpus - least)) + least:
            np.copyto(found, self._figures.of(name, int(each)), where=cpus == each)
        return found

    def _calculated(self, op: ast.operator, left: Column, right: Column) -> Column:
        if type(op) in DIVISIONS:
            is_zero = right == 0
            if is_zero.any():
                if self._is_strict:
                    raise ZeroDivisionError
                right = np.where(is_zero, np.nan, right)
        elif left.dtype.kind == right.dtype.kind == "i" and not _fits(op, left, right):
            left = left.astype(np.float64)
        return np.asarray(ARITHMETIC[type(op)](left, right))

    def _joined(self, node: ast.BoolOp) -> Column:
        """Return at each step the value that decides, as Python's `and` and `or` do."""
        is_and = isinstance(node.op, ast.And)
        found = self.value(node.values[0])
        for each in node.values[1:]:
            goes_on = truth(found) if is_and else ~truth(found)
            if not goes_on.any():
                break
            found = _where(goes_on, self.value(each), found)
        return found

    def _compared(self, node: ast.Compare) -> Column:
        left, found = self.value(node.left), np.asarray(True)
        for op, each in zip(node.ops, node.comparators, strict=True):
            right = self.value(each)
            found = np.asarray(found & compare(COMPARISONS[type(op)], left, right))
            if not found.any():
                break
            left = right
        return found

    def _chosen(self, node: ast.IfExp) -> Column:
        test = truth(self.value(node.test))
        if test.all():
            return self.value(node.body)
        if not test.any():
            return self.value(node.orelse)
        return _where(test, self.value(node.body), self.value(node.orelse))


def truth(value: Column) -> NDArray[np.bool_]:
    """Return where a value is true, or a number other than 0, or a text that is not empty."""
    if value.dtype.kind == "U":
        return np.asarray(value != "")
    if value.dtype.kind == "f":
        value = np.nan_to_num(value)  # no number is not true
    return np.asarray(value.astype(np.bool_))


def compare(comparison: Binary, left: Column, right: Column) -> NDArray[np.bool_]:
    """Compare at each step. A text is never equal to a number; TypeError: asked which is less."""
    return np.asarray(comparison(*_alike(left, right)), np.bool_)


def _is_text(value: Column) -> bool:
    return value.dtype.kind in "UO"


def _alike(left: Column, right: Column) -> tuple[Column, Column]:
    """Return a text and a number as Python's objects: numpy would make the number a text."""
    if _is_text(left) == _is_text(right):
        return left, right
    return left.astype(object), right.astype(object)


def _where(test: Column, yes: Column, no: Column) -> Column:
    return np.where(test, *_alike(yes, no))


def _number(value: Column) -> Column:
    """Return a value to calculate with; true counts as 1."""
    if _is_text(value):
        raise TypeError("a text is no number")
    return value if value.dtype.kind in "if" else value.astype(np.int64)


def _fits(op: ast.operator, left: Column, right: Column) -> bool:
    """Return whether whole numbers can be calculated with exactly."""
    reaches = (max(-int(one.min(initial=0)), int(one.max(initial=0))) for one in (left, right))
    most = operator.mul if isinstance(op, ast.Mult) else operator.add
    return bool(most(*reaches) < WORD)


# ---------------------------------------------------------------- functions


def _before(value: Column) -> Column:
    return np.concatenate((value[:1], value[:-1])) if value.ndim else value


def _smaller(left: Column, right: Column) -> Column:
    if _is_text(left) or _is_text(right):
        return _where(compare(operator.lt, right, left), right, left)
    return np.asarray(np.minimum(left, right))


def _larger(left: Column, right: Column) -> Column:
    if _is_text(left) or _is_text(right):
        return _where(compare(operator.gt, right, left), right, left)
    return np.asarray(np.maximum(left, right))


def _rounded(value: Column) -> Column:
    value = _number(value)
    return value if value.dtype.kind == "i" else np.asarray(np.rint(value))


PLAIN_FUNCTIONS: dict[str, Callable[..., Column]] = {
    "abs": lambda value: np.abs(_number(value)),
    "max": lambda *values: reduce(_larger, values),
    "min": lambda *values: reduce(_smaller, values),
    "round": _rounded,
}
"""Functions of values at one step; of min and max several."""

STEP_FUNCTIONS: dict[str, Callable[..., Column]] = {
    "before": _before,
    "changed": lambda value: compare(operator.ne, value, _before(value)),
    "grew": lambda value: compare(operator.gt, value, _before(value)),
}
"""Functions that look at the step before; at the first step that is itself."""

FUNCTIONS = PLAIN_FUNCTIONS | STEP_FUNCTIONS
SEVERAL = ("max", "min")
"""Those of two values or more; the others take one."""
