"""Conditions inside operations, and the postfix form in which the explorer computes them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.condition.language import ConditionError, Grammar, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

JUDGED = {
    "destroyed": "events that are gone and nothing in the account explains it",
    "torn": "events that a reader got in part, or mixed with others",
    "twice": "events that a reader got again",
    "unwritten": "runs of bytes that a reader got and no event had written",
    "deadlock": "1: nobody can move, and somebody waits for a lock",
    "invariant": "1: with nobody inside, the channel was not in order",
    "asleep": "1: nobody can move, and a poller sleeps although there is data",
}
"""What the machine counts beside the channel, in the order of relay.Judged."""

FIELDS = {
    "produced": ("produced",),
    "consumed": ("consumed",),
    "offset": ("offset",),
    "bytes_consumed": ("bytes_consumed",),
    "prev_padding": ("prev_padding",),
    "file_size": ("file_size",),
    "attempts": ("account.attempted",),
    "stored": ("account.accepted",),
    "unread": ("account.unread",),
    "refused_full": ("account.refused_full",),
    "too_big": ("account.too_big",),
    "busy": ("account.busy",),
    "written_late": ("account.written_late",),
    "overwritten": ("account.overwritten",),
    "released_unread": ("account.released_unread",),
    "discarded_reset": ("account.discarded_reset",),
    "discarded_close": ("account.discarded_close",),
    "events_consumed": ("account.consumed",),
    "lost": (
        *("account.refused_full", "account.too_big", "account.busy", "account.written_late"),
        *("account.overwritten", "account.released_unread"),
        *("account.discarded_reset", "account.discarded_close"),
    ),
}
"""Figures of buffers: the fields of the snapshot that are added up. Without a [cpu]: of all."""

READY = "ready"
_GRAMMAR = Grammar((*JUDGED, *FIELDS, READY), (), (*FIELDS, READY))


@dataclass(frozen=True, slots=True)
class Codes:
    """The numbers of the explorer's codes by name, and where fields lie.

    Attributes:
        codes: As relay.Code has them.
        at: The byte of each field in a row of the snapshot.
        row_of: The row of a CPU's buffer; None: it has none.
    """

    codes: Mapping[str, int]
    at: Mapping[str, int]
    row_of: Callable[[int], int | None]


_COMPARED: dict[type[ast.cmpop], tuple[str, bool, bool]] = {  # code, swapped, negated
    ast.Lt: ("LESS", False, False),
    ast.LtE: ("LESS_EQUAL", False, False),
    ast.Gt: ("LESS", True, False),
    ast.GtE: ("LESS_EQUAL", True, False),
    ast.Eq: ("EQUAL", False, False),
    ast.NotEq: ("EQUAL", False, True),
}
_COMBINED: dict[type[ast.operator], str] = {
    ast.Add: "ADD",
    ast.Sub: "SUBTRACT",
    ast.Mult: "MULTIPLY",
}


class InsideCondition:
    """A condition over what an engine inside operations shows; checked when it is made.

    Args:
        text: In Python's notation.

    Attributes:
        text: As given, without blanks around it.

    Raises:
        ConditionError: It is none.
    """

    def __init__(self, text: str) -> None:
        parsed = parse(text, _GRAMMAR)
        self.text, self._tree = parsed.text, parsed.tree

    @property
    def stays(self) -> bool:
        """Whether it can only become true: it asks no more than that figures have been counted."""
        return _stays(self._tree)

    def compiled(self, codes: Codes) -> list[tuple[int, int]]:
        """Return its postfix form.

        Raises:
            ConditionError: A part of it has none, such as a division.
        """
        return _Compiler(self.text, codes).of(self._tree)


def _stays(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name):
            return name in JUDGED
        case ast.BoolOp(values=values):
            return all(_stays(value) for value in values)
        case ast.Compare(left=left, ops=[ast.Gt() | ast.GtE()], comparators=[ast.Constant()]):
            return _stays(left)
    return False


class _Compiler:
    def __init__(self, text: str, codes: Codes) -> None:
        self._text, self._codes = text, codes

    def of(self, node: ast.expr) -> list[tuple[int, int]]:  # noqa: PLR0911  a table of cases
        match node:
            case ast.Constant(value=int(value)):
                return [self._word("NUMBER", int(value))]
            case ast.Name(id=name):
                return self._figure(name, None)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=int(cpu))):
                return self._figure(name, cpu)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return [*self.of(operand), self._word("NOT")]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return [*self.of(operand), self._word("NEGATE")]
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _COMBINED:
                return [*self.of(left), *self.of(right), self._word(_COMBINED[type(op)])]
            case ast.BoolOp(op=op, values=values):
                joined = "AND" if isinstance(op, ast.And) else "OR"
                return self._joined([self.of(value) for value in values], joined)
            case ast.Compare(left=left, ops=ops):
                return self._compared([left, *node.comparators], ops)
        message = "inside operations there are whole numbers, + - *, comparisons, and, or, not."
        raise ConditionError(f"{self._text}: {message}")

    def _word(self, name: str, value: int = 0) -> tuple[int, int]:
        return self._codes.codes[name], value

    def _joined(self, parts: Sequence[list[tuple[int, int]]], by: str) -> list[tuple[int, int]]:
        found = list(parts[0])
        for part in parts[1:]:
            found += [*part, self._word(by)]
        return found

    def _compared(
        self, values: Sequence[ast.expr], ops: Sequence[ast.cmpop]
    ) -> list[tuple[int, int]]:
        parts = []
        for left, op, right in zip(values, ops, values[1:], strict=False):
            code, swapped, negated = _COMPARED[type(op)]
            first, second = (right, left) if swapped else (left, right)
            part = [*self.of(first), *self.of(second), self._word(code)]
            parts.append([*part, self._word("NOT")] if negated else part)
        return self._joined(parts, "AND")

    def _figure(self, name: str, cpu: int | None) -> list[tuple[int, int]]:
        if name in JUDGED:
            return [self._word("FIGURE", list(JUDGED).index(name))]
        if name == READY:
            both = self._figure("produced", cpu), self._figure("consumed", cpu)
            return self._joined(both, "SUBTRACT")
        parts = [[self._field(field, cpu)] for field in FIELDS[name]]
        return self._joined(parts, "ADD")

    def _field(self, field: str, cpu: int | None) -> tuple[int, int]:
        at = self._codes.at[field]
        if cpu is None:
            return self._word("FIELD", at)
        row = self._codes.row_of(cpu)
        if row is None:
            raise ConditionError(f"{self._text}: CPU {cpu} has no buffer.")
        return self._word("FIELD_OF", at + (row << 32))
