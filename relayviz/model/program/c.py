"""A session as a C program on the library: "Copy as C"."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import Kind
from relayviz.model.program.text import read_template, remark, without_unused_c
from relayviz.model.program.translation import Translator, UntranslatableError, at_opening, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.operation import Operation
    from relayviz.model.program.translation import Done
    from relayviz.model.session.session import Session

_POLICIES = {
    Mode.NO_OVERWRITE: "relay_no_overwrite",
    Mode.OVERWRITE: "relay_overwrite",
    Mode.DEFAULT: "NULL",
}
_OPEN_FLAGS = {"r": "O_RDONLY", "w": "O_WRONLY", "rw": "O_RDWR", "": "O_RDONLY"}
_MAPPINGS = {
    "shared": "PROT_READ, MAP_SHARED",
    "": "PROT_READ, MAP_SHARED",
    "writable": "PROT_READ | PROT_WRITE, MAP_SHARED",
    "private": "PROT_READ, MAP_PRIVATE",
}


_PLAIN = frozenset(range(0x20, 0x7F)) - frozenset(b'"\\?')  # ? begins trigraphs


class ProgramError(Exception):
    """A session that cannot be a program; says why."""


class _C:
    """How C says what is expected."""

    def number(self, value: float) -> str:
        return repr(value) if value % 1 else f"{int(value)}"

    def figure(self, name: str, cpu: int | None) -> str:
        return f'figure("{name}", {-1 if cpu is None else cpu})'

    def channel_figure(self, name: str) -> str:
        return name if name == "value" else f'channel_figure("{name}")'

    def compared_text(self, name: str, text: str, *, equal: bool) -> str:
        if name == "outcome":
            words = quoted(text.encode("utf-8", "backslashreplace"))
            return f"(strcmp(outcome, {words}) {'==' if equal else '!='} 0)"
        data = bytes.fromhex(text) if name == "data" else text.encode("latin-1", "replace")
        return f"({'' if equal else '!'}text_is({quoted(data)}, {len(data)}))"

    def joined(self, word: str, parts: list[str]) -> str:
        return "(" + {"and": " && ", "or": " || "}[word].join(parts) + ")"

    def negated(self, part: str) -> str:
        return f"(!{part})"

    def choice(self, test: str, yes: str, no: str) -> str:
        return f"({test} ? {yes} : {no})"

    def divided(self, left: str, right: str) -> str:
        return f"((double){left} / {right})"


def quoted(data: bytes) -> str:
    """Return bytes as a string of C; octal escapes end by themselves."""
    shown = (chr(one) if one in _PLAIN else f"\\{one:03o}" for one in data)
    return f'"{"".join(shown)}"'


def c_program(session: Session, branch: int = 0) -> str:
    """Return the program that does what a branch did, and ends with 1 where it is not as expected.

    Raises:
        ProgramError: Its subbuf_start is Python's.
    """
    steps = list(steps_of(session, branch))
    used = {session.config.mode, *(one.operation.text for one in steps if _sets_mode(one))}
    if Mode.PYTHON in used:
        raise ProgramError("Its subbuf_start is written in Python; copy it as pytest instead.")
    translator = Translator(_C(), session.config)
    lines = [*_checks(at_opening(session), None, translator)]
    for step in steps:
        lines.append(f"{_call(step)} /* step {step.number} */")
        lines += _checks(step.expected, step, translator)
    program = read_template(
        "session.c.in",
        TITLE=remark(session.title or "A session of relayviz"),
        CPUS=str(session.config.cpus),
        EVENTS=str(sum(one.event > 0 for one in steps)),
        OPENING="\n".join(_opening(session.config)),
        STEPS="\n".join(f"    {line}" for line in lines),
    )
    return without_unused_c(program)


def _sets_mode(step: Done) -> bool:
    return step.operation.kind is Kind.SET_MODE


def _checks(expected: tuple[str, ...], step: Done | None, translator: Translator) -> Iterator[str]:
    where = 0 if step is None else step.number
    for text in expected:
        try:
            words = quoted(f"step {where}: {text}".encode("utf-8", "backslashreplace"))
            yield f"expect({translator.expression(text, step)}, {words});"
        except UntranslatableError as error:
            yield f"/* not checked here: {remark(f'{text} ({error})')} */"


def _opening(config: ChannelConfig) -> Iterator[str]:
    name = "NULL" if config.base_filename is None else quoted(os.fsencode(config.base_filename))
    online = ", ".join(str(int(cpu in config.online_cpus)) for cpu in range(config.cpus))
    yield (
        f"enum {{ SUBBUF_SIZE = {config.subbuf_size}, N_SUBBUFS = {config.n_subbufs},"
        f" HEADER = {config.used_header} }};"
    )
    yield f"static const char *base_filename = {name};"
    yield f"static const int first_cpu = {config.online_cpus[0]};"
    yield f"static const unsigned char online[CPUS] = {{{online}}};"
    yield ""
    yield "static struct dentry *create_buf_file(const char *filename, struct dentry *parent,"
    yield "                                      uint16_t mode, struct rchan_buf *buf,"
    yield "                                      int *is_global)"
    yield "{"
    yield f"    *is_global = {int(config.is_global)};"
    yield "    return relay_default_create_buf_file(filename, parent, mode, buf, is_global);"
    yield "}"
    yield ""
    yield "static const struct rchan_callbacks callbacks = {"
    yield f"    .subbuf_start = {_POLICIES[config.mode]},"
    yield "    .create_buf_file = create_buf_file,"
    yield "    .remove_buf_file = relay_default_remove_buf_file,"
    yield "};"
    yield ""


def _call(step: Done) -> str:
    operation = step.operation
    name = operation.kind.value.replace("-", "_")
    return f"do_{name}({', '.join(str(each) for each in _arguments(operation, step.event))});"


def _arguments(operation: Operation, event: int) -> tuple[object, ...]:
    cpu, length, fd = operation.cpu, operation.length, operation.fd
    slot = -1 if fd is None else fd
    given = None if operation.data is None else quoted(operation.data)
    match operation.kind:
        case Kind.WRITE | Kind.WRITE_NOLOCK:
            found: tuple[object, ...] = (cpu, given or f"pattern({event}, {length})", length)
        case Kind.RESERVE:
            found = (cpu, event, length)
        case Kind.FILL:
            found = (cpu, operation.event or 0, given or "NULL", length)
        case Kind.SWITCH:
            found = (cpu, length)
        case Kind.CONSUME | Kind.CPU_ONLINE:
            found = (cpu, operation.count)
        case Kind.READ | Kind.SPLICE:
            found = (cpu, slot, length)
        case Kind.MMAP:
            found = (cpu, slot, length, _MAPPINGS[operation.text])
        case Kind.OPEN_FILE:
            found = (cpu, slot, _flags(operation.text))
        case Kind.CLOSE_FILE | Kind.POLL | Kind.UNMAP:
            found = (cpu, slot)
        case _:
            found = _of_channel(operation)
    return found


def _of_channel(operation: Operation) -> tuple[object, ...]:
    if operation.kind is Kind.LATE_SETUP:
        return (quoted(os.fsencode(operation.text)),)
    return (_POLICIES[Mode(operation.text)],) if operation.kind is Kind.SET_MODE else ()


def _flags(text: str) -> str:
    flags = _OPEN_FLAGS[text.removesuffix("nb")]
    return f"{flags} | O_NONBLOCK" if text.endswith("nb") else flags
