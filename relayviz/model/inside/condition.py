"""Conditions inside operations, and the postfix form in which the explorer computes them."""

from __future__ import annotations

import ast
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.channel.state import LOSSES
from relayviz.model.condition.columns import BUFFER_NAMES, CONSTANTS
from relayviz.model.condition.columns import NAMES as ELSEWHERE
from relayviz.model.condition.evaluator import PLAIN_FUNCTIONS
from relayviz.model.condition.language import ConditionError, Grammar, parse
from relayviz.model.history.facts import ACCOUNT_FIGURES, BUFFER_FIGURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from relayviz.model.channel.config import ChannelConfig

MOST_WORDS = 20_000  # of the postfix form: a < b < c has b twice, in each other ever more
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

_SUMS = {
    "attempts": ("account.attempted",),
    "lost": tuple(f"account.{name}" for name in LOSSES),
    "lost_bytes": tuple(f"account.{name}.bytes" for name in LOSSES),
    "discarded": ("account.discarded_reset", "account.discarded_close"),
}
FIELDS = {
    **{name: (name,) for name in BUFFER_FIGURES},  # those of its account are set below
    **{figure: (f"account.{name}",) for name, figure in ACCOUNT_FIGURES.items()},
    **{f"{ACCOUNT_FIGURES[name]}_bytes": (f"account.{name}.bytes",) for name in LOSSES},
    **_SUMS,
}
"""Figures of buffers: the fields of the snapshot that are added up. Without a [cpu]: of all."""

DERIVED = ("ready", "full", "blocked")
"""Figures of buffers that are computed from those."""

_OF_BUFFERS = (*FIELDS, *DERIVED)
_GRAMMAR = Grammar((*JUDGED, *_OF_BUFFERS, *CONSTANTS), tuple(PLAIN_FUNCTIONS), _OF_BUFFERS)
_NOT_HERE = ELSEWHERE - set(_GRAMMAR.names)


@dataclass(frozen=True, slots=True)
class Codes:
    """The numbers of the explorer's codes by name, and what they are computed on.

    Attributes:
        codes: As relay.Code has them.
        at: Of each field of a row of the snapshot: its byte, and its size << 16.
        config: Of the channel.
    """

    codes: Mapping[str, int]
    at: Mapping[str, int]
    config: ChannelConfig


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
    ast.Div: "DIVIDE",
    ast.FloorDiv: "FLOOR_DIVIDE",
    ast.Mod: "MODULO",
}
_CHANGED: dict[type[ast.unaryop], tuple[str, ...]] = {
    ast.Not: ("NOT",),
    ast.USub: ("NEGATE",),
    ast.UAdd: (),
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
        try:
            parsed = parse(text, _GRAMMAR)
        except ConditionError as error:
            name = re.split(r"[:\[]", str(error), maxsplit=1)[0]
            if name not in _NOT_HERE:
                raise
            raise ConditionError(_not_here(name), error.at) from error
        self.text, self._tree = parsed.text, parsed.tree

    @property
    def stays(self) -> bool:
        """Whether it can only become true: it asks no more than that figures have been counted."""
        return _stays(self._tree)

    def compiled(self, codes: Codes) -> list[tuple[int, int]]:
        """Return its postfix form.

        Raises:
            ConditionError: There is no such CPU, or it is too long.
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


def _not_here(name: str) -> str:
    kind = "a buffer" if name in BUFFER_NAMES else "a step or of the channel"
    return (
        f"{name}: this figure of {kind} is not kept inside operations. There are "
        f"{', '.join((*JUDGED, *_OF_BUFFERS, *sorted(CONSTANTS)))}."
    )


Words = list[tuple[int, int]]


class _Compiler:
    def __init__(self, text: str, codes: Codes) -> None:
        self._text, self._codes = text, codes

    def of(self, node: ast.expr) -> Words:
        found = self._of(node)
        if len(found) > MOST_WORDS:
            raise ConditionError(f"{self._text}: too many comparisons are in each other.")
        return found

    def _of(self, node: ast.expr) -> Words:  # noqa: C901, PLR0911  a table of cases
        match node:
            case ast.Constant(value=int(value)):
                return [self._word("NUMBER", int(value))]
            case ast.Constant(value=float(value)):
                return [self._word("FRACTION", *struct.unpack("<q", struct.pack("<d", value)))]
            case ast.Name(id=name):
                return self._figure(name, None)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=int(cpu))):
                return self._figure(name, self._checked(cpu))
            case ast.UnaryOp(op=op, operand=operand):
                return [*self.of(operand), *map(self._word, _CHANGED[type(op)])]
            case ast.BinOp(left=left, op=op, right=right):
                return [*self.of(left), *self.of(right), self._word(_COMBINED[type(op)])]
            case ast.BoolOp(op=op, values=values):
                joined = "AND" if isinstance(op, ast.And) else "OR"
                return self._joined([self.of(value) for value in values], joined)
            case ast.Compare(left=left, ops=ops):
                return self._compared([left, *node.comparators], ops)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return [*self.of(body), *self.of(test), *self.of(orelse), self._word("IF")]
            case ast.Call(func=ast.Name(id="min" | "max" as name), args=args):
                return self._joined([self.of(each) for each in args], name.upper())
            case ast.Call(func=ast.Name(id="abs" | "round" as name), args=[only]):
                return [*self.of(only), self._word(name.upper())]
        raise ConditionError(f"{self._text}: this cannot be computed inside operations.")

    def _word(self, name: str, value: int = 0) -> tuple[int, int]:
        return self._codes.codes[name], value

    def _joined(self, parts: Sequence[Words], by: str) -> Words:
        found = list(parts[0])
        for part in parts[1:]:
            found += [*part, self._word(by)]
        return found

    def _compared(self, values: Sequence[ast.expr], ops: Sequence[ast.cmpop]) -> Words:
        compiled = [self.of(value) for value in values]
        parts = []
        for left, op, right in zip(compiled, ops, compiled[1:], strict=False):
            code, swapped, negated = _COMPARED[type(op)]
            first, second = (right, left) if swapped else (left, right)
            part = [*first, *second, self._word(code)]
            parts.append([*part, self._word("NOT")] if negated else part)
        return self._joined(parts, "AND")

    def _checked(self, cpu: int) -> int:
        """Return the CPU whose buffer a CPU's is."""
        config = self._codes.config
        if cpu >= config.cpus:
            message = f"there is no CPU {cpu}: give 0 to {config.cpus - 1}."
            raise ConditionError(f"{self._text}: {message}")
        return 0 if config.is_global else cpu

    def _figure(self, name: str, cpu: int | None) -> Words:
        config = self._codes.config
        if name in JUDGED:
            return [self._word("FIGURE", list(JUDGED).index(name))]
        if name in CONSTANTS:
            return [self._word("NUMBER", getattr(config, name))]
        if name == "ready":
            both = self._figure("produced", cpu), self._figure("consumed", cpu)
            return self._joined(both, "SUBTRACT")
        if name in FIELDS:
            return self._joined([[self._field(field, cpu)] for field in FIELDS[name]], "ADD")
        if cpu is None:
            each = range(1 if config.is_global else config.cpus)
            return self._joined([self._figure(name, one) for one in each], "ADD")
        if name == "full":
            least, found = config.n_subbufs, self._figure("ready", cpu)
        else:
            least, found = config.subbuf_size + 1, self._figure("offset", cpu)
        return [self._word("NUMBER", least), *found, self._word("LESS_EQUAL")]

    def _field(self, field: str, cpu: int | None) -> tuple[int, int]:
        at = self._codes.at[field]
        if cpu is None:
            return self._word("FIELD", at)
        return self._word("FIELD_OF", at + (cpu << 32))
