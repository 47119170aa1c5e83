"""Conditions that people write, such as "lost == 0 and fill < 0.9", evaluated safely.

Arithmetic and comparison of named numbers, and nothing else: no attributes, no subscripts, no
texts, no powers, no calls but `abs`, `min`, `max` and `round`. Parsing and evaluating is
simpleeval's; what may stand in an expression is checked here beforehand, against a list of what is
allowed, so that a mistake is told when it is written and not when it is met.
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from difflib import get_close_matches
from typing import TYPE_CHECKING

from simpleeval import InvalidExpression, SimpleEval

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    Number = int | float

LONGEST = 500  # characters; keeps numbers and nesting small too

_OPERATORS: dict[type[ast.AST], Callable[..., object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
FUNCTIONS: dict[str, Callable[..., object]] = {"abs": abs, "min": min, "max": max, "round": round}
"""What may be called."""

_ALLOWED = (
    *(ast.BoolOp, ast.And, ast.Or, ast.BinOp, ast.UnaryOp, ast.Compare, ast.IfExp),
    *(ast.Name, ast.Load, *_OPERATORS),
)


class ExpressionError(ValueError):
    """An expression that cannot be used; says why, and what would be right."""


class Expression:
    """A condition or a figure over named numbers; checked when it is made.

    Args:
        text: In Python's notation, such as "lost == 0".
        names: The names that may stand in it.

    Attributes:
        text: As given, without blanks around it.
        names: Those of the names that stand in it.

    Raises:
        ExpressionError: It is no such expression.
    """

    def __init__(self, text: str, names: Collection[str]) -> None:
        self.text = text.strip()
        self._tree = _parsed(self.text)
        self.names = _check(self._tree, names)

    def value(self, values: Mapping[str, Number]) -> Number | bool:
        """Return what it is for these numbers.

        Args:
            values: A number for each of its names.

        Raises:
            ExpressionError: It has no value, such as for a division by 0.
        """
        evaluator = SimpleEval(_OPERATORS, FUNCTIONS, dict(values))
        try:
            found = evaluator.eval(self.text, previously_parsed=self._tree.body)
        except ZeroDivisionError as error:
            raise ExpressionError(f"{self.text}: this divides by 0.") from error
        except (ArithmeticError, TypeError, ValueError, InvalidExpression) as error:
            raise ExpressionError(f"{self.text}: {error}.") from error
        if not isinstance(found, int | float):
            raise ExpressionError(f"{self.text}: this is no number.")
        return found

    def holds(self, values: Mapping[str, Number]) -> bool:
        """Return whether it is true, or a number other than 0; see value."""
        return bool(self.value(values))


def _parsed(text: str) -> ast.Expression:
    if not text:
        raise ExpressionError("Write a condition, such as lost == 0.")
    if len(text) > LONGEST:
        raise ExpressionError(f"It is too long: at most {LONGEST} characters.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on style
            return ast.parse(text, mode="eval")
    except SyntaxError as error:
        hint = "use == to compare" if _ASSIGNS.search(text) else error.msg
        raise ExpressionError(f"{text[:40]}: {hint}.") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"{text[:40]!r}: this is no expression.") from error


_ASSIGNS = re.compile(r"(?<![=<>!:])=(?!=)")


def _check(tree: ast.Expression, names: Collection[str]) -> frozenset[str]:
    """Return the names that stand in an expression; ExpressionError: something else does."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            _check_call(node)
        elif isinstance(node, ast.Name) and id(node) not in called:
            found.add(_known(node.id, names))
        elif isinstance(node, ast.Constant):
            if type(node.value) not in (int, float, bool):
                raise ExpressionError(f"{_shown(node)}: only numbers can be compared.")
        elif isinstance(node, ast.expr):
            _check_operators(node)
    return frozenset(found)


def _check_operators(node: ast.expr) -> None:
    own = [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.expr)]
    if not isinstance(node, _ALLOWED) or not all(isinstance(one, _ALLOWED) for one in own):
        raise ExpressionError(
            f"{_shown(node)}: only numbers, names, + - * / // %, comparisons, and, or, not, and"
            f" {', '.join(FUNCTIONS)} are understood."
        )


def _check_call(node: ast.Call) -> None:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in FUNCTIONS or node.keywords:
        raise ExpressionError(f"{_shown(node)}: only {', '.join(FUNCTIONS)} can be called.")
    if name == "round" and len(node.args) != 1:  # to a negative number of digits it takes ages
        raise ExpressionError(f"{_shown(node)}: round takes one number.")


def _known(name: str, names: Collection[str]) -> str:
    if name in names:
        return name
    near = get_close_matches(name, names, 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    known = ", ".join(sorted(names))
    raise ExpressionError(f"{name}: there is no such name.{meant} Known: {known}.")


def _shown(node: ast.expr) -> str:
    return ast.unparse(node)[:40]
