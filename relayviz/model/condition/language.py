"""What may stand in an expression: Python parses it, and each part is held against a list.

So a mistake is told when it is written and not when it is met, and nothing but arithmetic and
comparisons gets through: no attributes, no powers, no calls but those of a few functions.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from relayviz.model.channel.config import MAX_CPUS
from relayviz.model.condition.evaluator import ARITHMETIC, COMPARISONS, SEVERAL, SIGNS
from relayviz.model.meant import meant

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

LONGEST = 500  # characters; keeps texts, numbers and all that is computed small
DEEPEST = 250  # parts inside each other: as many as a sum of that length has
MOST_OFFERED = 3
_SHOWN = 40  # characters of what is wrong
_LARGEST = 2**53  # of a number: more would be rounded
_LONE_EQUALS = re.compile(r"(?<![=!<>:])=(?!=)")
_OF_C = ((re.compile(r"&&"), "and"), (re.compile(r"\|\|"), "or"), (re.compile(r"!(?!=)"), "not"))
_TEXT = re.compile(r"""'[^']*'|"[^"]*\"""")
_PARSING = Lock()  # which warnings are told is set for all threads


class ConditionError(ValueError):
    """A condition that cannot be used; says why, and what would be right.

    Attributes:
        at: Where in the text without blanks around it, in characters from 0; None: all of it.
    """

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Grammar:
    """What is understood beside numbers and operators.

    Attributes:
        names: The names that figures have.
        functions: What may be called.
        of_buffers: Those of the names that may have a CPU in brackets behind them.
        has_texts: Whether there are texts in quotes.
    """

    names: Collection[str]
    functions: Collection[str]
    of_buffers: Collection[str] = ()
    has_texts: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression that may be computed.

    Attributes:
        text: As given, without blanks around it.
        tree: Its parts.
        names: What it looks at: (name, CPU number or None).
    """

    text: str
    tree: ast.expr
    names: frozenset[tuple[str, int | None]]


def parse(text: str, grammar: Grammar) -> Parsed:
    """Read an expression.

    Args:
        text: In Python's notation, such as "lost == 0".
        grammar: What may stand in it.

    Raises:
        ConditionError: It is none; names the first part that will not do.
    """
    text = text.strip()
    if not text:
        raise ConditionError("Write a condition, such as lost == 0.")
    if len(text) > LONGEST:
        raise ConditionError(f"It is too long: at most {LONGEST} characters.")
    tree = tree_of(text)
    checker = _Checker(text, grammar)
    checker.check(tree)
    return Parsed(text, tree, frozenset(checker.names))


def tree_of(text: str) -> ast.expr:
    """Return what a text says; ConditionError: it is no expression. Nothing is checked in it."""
    try:
        with _PARSING, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # remarks on style
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        reason, at = error.msg, _place(error, text) if error.lineno == 1 else None
        bare = _TEXT.sub(lambda quoted: "_" * len(quoted[0]), text)
        if equals := _LONE_EQUALS.search(bare):
            reason, at = "use == to compare", equals.start()
        for sign, word in _OF_C:
            if found := sign.search(bare):
                reason, at = f"write {word} for {found[0]}", found.start()
                break
        where = "" if at is None else f" (at character {at + 1})"
        raise ConditionError(f"{text[:_SHOWN]}: {reason}{where}.", at) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ConditionError(f"{text[:_SHOWN]!r}: this is no expression.") from error


def _place(error: SyntaxError, text: str) -> int:
    """Return at which character something is wrong; Python names none where the text just ends."""
    return error.offset - 1 if error.offset else len(text)


class _Checker:
    """Goes through the parts of an expression in the order of reading."""

    def __init__(self, text: str, grammar: Grammar) -> None:
        self.names: set[tuple[str, int | None]] = set()
        self._text, self._grammar = text, grammar

    def check(self, tree: ast.expr) -> None:
        """Raise ConditionError for the first part that is not on the list."""
        left = [(tree, 0)]
        while left:
            node, depth = left.pop()
            if depth > DEEPEST:
                raise self._error(node, "this is nested too deeply.")
            left += [(part, depth + 1) for part in reversed(self._parts(node))]

    def _parts(self, node: ast.expr) -> Sequence[ast.expr]:  # noqa: PLR0911  a table of cases
        """Return the parts of one that is allowed."""
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.Subscript(value=value, slice=index) if self._grammar.of_buffers:
                return self._subscript(node, value, index)
            case ast.Call():
                return self._call(node)
            case ast.BoolOp(values=values):
                return values
            case ast.UnaryOp(op=op, operand=operand) if type(op) in (*SIGNS, ast.Not):
                return (operand,)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                return left, right
            case ast.Compare(left=left, ops=ops) if all(type(op) in COMPARISONS for op in ops):
                return left, *node.comparators
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return body, test, orelse
        texts = "texts, " if self._grammar.has_texts else ""
        calls = f", and {self._functions()}" if self._grammar.functions else ""
        indexed = "name[cpu], " if self._grammar.of_buffers else ""
        raise self._error(
            node,
            f"only numbers, {texts}names, {indexed}+ - * / // %, comparisons, and, or, not,"
            f" if else{calls} are understood.",
        )

    def _constant(self, node: ast.Constant) -> tuple[()]:
        value = node.value
        if isinstance(value, str) and self._grammar.has_texts:
            return ()
        if not isinstance(value, int | float):
            kinds = "numbers and texts" if self._grammar.has_texts else "numbers"
            raise self._error(node, f"only {kinds} can be compared.")
        if not value <= _LARGEST:
            raise self._error(node, "this number is too large.")
        return ()

    def _name(self, node: ast.expr, name: str, cpu: int | None = None) -> tuple[()]:
        if name not in self._grammar.names:
            near = meant(name, sorted(self._grammar.names))
            raise self._error(node, f"there is no such name. {near}")
        self.names.add((name, cpu))
        return ()

    def _subscript(self, node: ast.expr, value: ast.expr, index: ast.expr) -> tuple[()]:
        name = value.id if isinstance(value, ast.Name) else ""
        if name not in self._grammar.of_buffers:
            near = [one for one in sorted(self._grammar.of_buffers) if name and name in one]
            if near:
                shown = (ast.get_source_segment(self._text, index) or "0")[:_SHOWN]
                options = " or ".join(f"{one}[{shown}]" for one in near[:MOST_OFFERED])
                raise self._error(node, f"there is no such figure of a buffer: write {options}.")
            if name:
                self._name(value, name)  # there may be none such at all
            raise self._error(node, "only figures of a buffer have a [cpu].")
        match index:
            case ast.Name(id="cpu"):
                self._name(index, "cpu")
                return self._name(value, name)
            case ast.Constant(value=cpu) if type(cpu) is int and 0 <= cpu < MAX_CPUS:
                return self._name(value, name, cpu)
        raise self._error(node, "write the CPU's number, as in ready[0].")

    def _call(self, node: ast.Call) -> Sequence[ast.expr]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in self._grammar.functions or node.keywords:
            called = f"only {self._functions()}" if self._grammar.functions else "nothing"
            raise self._error(node, f"{called} can be called.")
        if name in SEVERAL and len(node.args) < 2:  # noqa: PLR2004
            raise self._error(node, f"{name} takes two values or more.")
        if len(node.args) != 1 and name not in SEVERAL:
            raise self._error(node, f"{name} takes one value; min and max take several.")
        return node.args

    def _functions(self) -> str:
        return ", ".join(sorted(self._grammar.functions))

    def _error(self, node: ast.expr, message: str) -> ConditionError:
        shown = (ast.get_source_segment(self._text, node) or "")[:_SHOWN]
        lines = self._text.encode().split(b"\n")[: node.lineno]
        lines[-1] = lines[-1][: node.col_offset]
        return ConditionError(f"{shown}: {message}", len(b"\n".join(lines).decode()))
