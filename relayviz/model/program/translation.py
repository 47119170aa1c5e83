"""A session's branch as the steps of a program, and its expectations in the program's language."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from relayviz.model.channel.operation import ATTEMPTS, ON_ONE_CPU, Kind
from relayviz.model.condition.columns import BUFFER_NAMES, CONSTANTS
from relayviz.model.condition.language import tree_of
from relayviz.model.history.facts import CHANNEL_FIGURES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.operation import Operation
    from relayviz.model.session.session import Session

NOT_COUNTED = frozenset({"lapped", "anomalies", "clamped", "refusals", "raised"})
"""Figures that relayviz finds out and a channel does not tell."""


class UntranslatableError(Exception):
    """An expectation that a program cannot check; the text says why."""


@dataclass(frozen=True, slots=True)
class Done:
    """A step of the program.

    Attributes:
        number: The step's number.
        operation: What is done.
        event: The number of the event that it tries to store; 0: none.
        expected: What shall be true after it.
    """

    number: int
    operation: Operation
    event: int
    expected: tuple[str, ...]

    def literal(self, name: str) -> str | int | None:
        """Return the value of a name that is known beforehand; None: it is not."""
        operation = self.operation
        is_count = operation.kind in (Kind.CONSUME, Kind.CPU_ONLINE)
        return {
            "step": self.number,
            "event": self.event,
            "cpu": operation.cpu if operation.kind in ON_ONE_CPU else 0,
            "operation": operation.kind.value,
            "amount": operation.count if is_count else operation.length,
        }.get(name)


def at_opening(session: Session) -> tuple[str, ...]:
    """Return what is expected of the channel just opened."""
    return tuple(one.that for one in session.expectations if one.at.step == 0)


def steps_of(session: Session, branch: int) -> Iterator[Done]:
    """Give the steps of a branch from the opening on, each with what is expected after it."""
    path = [branch]
    while (parent := session.lines[path[0]].parent) is not None:
        path.insert(0, parent)
    number, event = 0, 0
    for place, line in enumerate(path):
        here = session.lines[line]
        last = session.lines[path[place + 1]].fork if place + 1 < len(path) else here.length
        for operation in here.operations[: last - here.fork]:
            number += 1
            event += operation.kind in ATTEMPTS
            expected = tuple(
                one.that
                for one in session.expectations
                if one.at.branch == line and one.at.step == number
            )
            tried = event if operation.kind in ATTEMPTS else 0
            yield Done(number, operation, tried, expected)


class Language(Protocol):
    """How a program says things."""

    def number(self, value: float) -> str:
        """Return a number."""

    def figure(self, name: str, cpu: int | None) -> str:
        """Return a figure of a buffer, None: the sum of all."""

    def channel_figure(self, name: str) -> str:
        """Return a figure of the channel."""

    def compared_text(self, name: str, text: str, *, equal: bool) -> str:
        """Return the comparison of "outcome", "data" or "text" with a text."""

    def joined(self, word: str, parts: list[str]) -> str:
        """Return parts joined by "and" or "or"."""

    def negated(self, part: str) -> str:
        """Return the opposite."""

    def choice(self, test: str, yes: str, no: str) -> str:
        """Return one of two values."""

    def divided(self, left: str, right: str) -> str:
        """Return a quotient that need not be whole."""


_SIGNS = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Mod: "%",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.USub: "-",
    ast.UAdd: "+",
}


_OPENED: dict[str, str | int] = {
    "step": 0,
    "event": 0,
    "cpu": 0,
    "amount": 0,
    "operation": "open",
}


class Translator:
    """Turns expectations into a language.

    Args:
        language: The language.
        config: The channel: its sizes become numbers.
    """

    def __init__(self, language: Language, config: ChannelConfig) -> None:
        self._language, self._config = language, config
        self._step: Done | None = None

    def expression(self, text: str, step: Done | None) -> str:
        """Return an expectation in the language.

        Args:
            text: One that is a valid condition.
            step: The step it is about; None: the opening.

        Raises:
            UntranslatableError: The program cannot know that.
        """
        self._step = step
        return self._any(tree_of(text))

    def _any(self, node: ast.expr) -> str:
        match node:
            case ast.BoolOp():
                word = "and" if isinstance(node.op, ast.And) else "or"
                return self._language.joined(word, [self._any(each) for each in node.values])
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BinOp():
                return self._binary(node)
            case ast.Compare():
                return self._compare(node)
            case ast.IfExp(test=test, body=yes, orelse=no):
                return self._language.choice(*map(self._any, (test, yes, no)))
        return self._value(node)

    def _unary(self, node: ast.UnaryOp) -> str:
        inner = self._any(node.operand)
        is_not = isinstance(node.op, ast.Not)
        return self._language.negated(inner) if is_not else f"({_SIGNS[type(node.op)]}{inner})"

    def _value(self, node: ast.expr) -> str:
        match node:
            case ast.Constant(value=value) if isinstance(value, int | float):
                return self._language.number(value)
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                return self._figure(name, index)
            case ast.Name(id=name):
                return self._name(name)
            case ast.Call(func=ast.Name(id=name)):
                raise UntranslatableError(f"{name}() looks at other steps, or is not translated")
        raise UntranslatableError("a text can only be compared")

    def _figure(self, name: str, index: ast.expr) -> str:
        if name in NOT_COUNTED:
            raise UntranslatableError(f"{name} is what relayviz finds out, no figure of a channel")
        cpu = index.value if isinstance(index, ast.Constant) else self._literal("cpu")
        return self._language.figure(name, int(str(cpu)))

    def _name(self, name: str) -> str:
        if name in NOT_COUNTED:
            raise UntranslatableError(f"{name} is what relayviz finds out, no figure of a channel")
        if name in BUFFER_NAMES:
            return self._language.figure(name, None)
        if name in CHANNEL_FIGURES:
            return self._language.channel_figure(name)
        if name in CONSTANTS:
            return self._language.number(getattr(self._config, name))
        if name == "value":
            return self._language.channel_figure(name)
        value = self._literal(name)
        if isinstance(value, str):
            raise UntranslatableError(f"{name} is a text, and a text can only be compared")
        return self._language.number(value)

    def _literal(self, name: str) -> str | int:
        value = _OPENED.get(name) if self._step is None else self._step.literal(name)
        if value is None:
            raise UntranslatableError(f"{name} can only be compared with a text")
        return value

    def _binary(self, node: ast.BinOp) -> str:
        left, right = self._any(node.left), self._any(node.right)
        if isinstance(node.op, ast.Div):
            return self._language.divided(left, right)
        if isinstance(node.op, ast.FloorDiv):
            raise UntranslatableError("// is not translated")
        return f"({left} {_SIGNS[type(node.op)]} {right})"

    def _compare(self, node: ast.Compare) -> str:
        values = [node.left, *node.comparators]
        parts = [
            self._pair(left, op, right)
            for op, left, right in zip(node.ops, values, values[1:], strict=False)
        ]
        return parts[0] if len(parts) == 1 else self._language.joined("and", parts)

    def _pair(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> str:
        texts = [each for each in (left, right) if _is_text(each)]
        if not texts:
            return f"({self._any(left)} {_SIGNS[type(op)]} {self._any(right)})"
        name = next((each.id for each in (left, right) if isinstance(each, ast.Name)), "")
        if len(texts) > 1 or not isinstance(op, ast.Eq | ast.NotEq) or not name:
            raise UntranslatableError("texts are only compared with == and !=")
        text = str(ast.literal_eval(texts[0]))
        equal = isinstance(op, ast.Eq)
        if name == "operation":
            return self._language.number(int((self._literal(name) == text) is equal))
        if not _can_be(name, text):
            return self._language.number(int(not equal))
        return self._language.compared_text(name, text, equal=equal)


def _can_be(name: str, text: str) -> bool:
    """Whether what was read can be a text: "data" is in lower-case hex, "text" has bytes."""
    try:
        if name == "data":
            return bytes.fromhex(text).hex() == text
        return name != "text" or bool(text.encode("latin-1")) or not text
    except ValueError:
        return False


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
