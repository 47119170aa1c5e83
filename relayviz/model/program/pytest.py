"""A session as a test in Python on relayviz.relay: "Copy as pytest"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import Kind
from relayviz.model.channel.result import KEPT_BYTES
from relayviz.model.program.text import read_template, remark, sentence, without_unused_python
from relayviz.model.program.translation import Translator, UntranslatableError, at_opening, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from relayviz.model.channel.operation import Operation
    from relayviz.model.program.translation import Done
    from relayviz.model.session.session import Session


class _Python:
    """How Python says what is expected."""

    def number(self, value: float) -> str:
        return repr(int(value) if isinstance(value, bool) else value)

    def figure(self, name: str, cpu: int | None) -> str:
        return f's.figure("{name}")' if cpu is None else f's.figure("{name}", {cpu})'

    def channel_figure(self, name: str) -> str:
        return "s.value" if name == "value" else f's.of_channel("{name}")'

    def compared_text(self, name: str, text: str, *, equal: bool) -> str:
        sign = "==" if equal else "!="
        if name == "outcome":
            return f"s.outcome {sign} {text!r}"
        data = bytes.fromhex(text) if name == "data" else text.encode("latin-1", "replace")
        # of what is longer no more was kept
        part = f"[:{KEPT_BYTES}]" if len(data) >= KEPT_BYTES else ""
        return f"s.data{part} {sign} {data!r}"

    def joined(self, word: str, parts: list[str]) -> str:
        return "(" + f" {word} ".join(parts) + ")"

    def negated(self, part: str) -> str:
        return f"(not {part})"

    def choice(self, test: str, yes: str, no: str) -> str:
        return f"({yes} if {test} else {no})"

    def divided(self, left: str, right: str) -> str:
        return f"({left} / {right})"


def pytest_program(session: Session, branch: int = 0) -> str:
    """Return the test that does what a branch did, and fails where it is not as expected."""
    config = session.config
    names = {text: f"subbuf_start_{number}" for number, text in enumerate(session.sources, 1)}
    translator = Translator(_Python(), config)
    lines = [*_checks(at_opening(session), None, translator)]
    for step in steps_of(session, branch):
        lines.append(f"s.do({_call(step, session, names)})  # step {step.number}")
        lines += _checks(step.expected, step, translator)
    start = _policy(config.mode, config.header, names.get(config.source, ""))
    program = read_template(
        "test_session.py.in",
        TITLE=sentence(session.title or "A session of relayviz") + ".",
        SIZES=f"{config.subbuf_size}, {config.n_subbufs}, {config.cpus}",
        SOURCES="\n".join(_sources(names)),
        ARGUMENTS=", ".join(
            (repr(config.base_filename), repr(config.online_cpus), start, repr(config.is_global))
        ),
        STEPS="\n".join(f"        {line}" for line in lines or ["pass"]),
    )
    return without_unused_python(program)


def _sources(names: Mapping[str, str]) -> Iterator[str]:
    for text, name in names.items():
        yield "NAMES = {'__name__': 'subbuf_start'}"
        yield f"exec({text!r}, NAMES)"
        yield f"{name} = NAMES['subbuf_start']"


def _policy(mode: Mode, header: int, function: str) -> str:
    match mode:
        case Mode.PYTHON:
            return function
        case Mode.DEFAULT:
            return "None"
    name = "OVERWRITE" if mode is Mode.OVERWRITE else "NO_OVERWRITE"
    return f"relay.{name}.with_header({header})"


def _checks(expected: tuple[str, ...], step: Done | None, translator: Translator) -> Iterator[str]:
    for text in expected:
        try:
            yield f"assert {translator.expression(text, step)}, {text!r}"
        except UntranslatableError as error:
            yield f"# not checked here: {remark(f'{text} ({error})')}"


def _call(step: Done, session: Session, names: Mapping[str, str]) -> str:
    operation = step.operation
    name = _METHODS.get(operation.kind, operation.kind.value.replace("-", "_"))
    arguments = _arguments(operation, step.event)
    if operation.kind is Kind.SET_MODE:
        function = names.get(operation.source, "")
        arguments = (_policy(Mode(operation.text), session.config.header, function),)
    return ", ".join((f"s.{name}", *arguments))


_METHODS = {
    Kind.CPU_ONLINE: "set_online",
    Kind.LATE_SETUP: "channel.late_setup_files",
    Kind.SET_MODE: "channel.set_subbuf_start",
    Kind.RESET: "channel.reset",
}


_ARGUMENTS = {
    Kind.FILL: ("cpu", "event", "data"),
    Kind.SWITCH: ("cpu", "length"),
    Kind.CONSUME: ("cpu", "count"),
    Kind.CPU_ONLINE: ("cpu", "count"),
    Kind.READ: ("cpu", "fd", "length"),
    Kind.SPLICE: ("cpu", "fd", "length"),
    Kind.OPEN_FILE: ("cpu", "fd", "text"),
    Kind.MMAP: ("cpu", "fd", "text", "length"),
    Kind.CLOSE_FILE: ("cpu", "fd"),
    Kind.POLL: ("cpu", "fd"),
    Kind.UNMAP: ("cpu", "fd"),
}


def _arguments(operation: Operation, event: int) -> tuple[str, ...]:
    cpu, length, data = operation.cpu, operation.length, operation.data
    match operation.kind:
        case Kind.WRITE | Kind.WRITE_NOLOCK:
            shown = f"pattern({event}, {length})" if data is None else repr(data)
            return str(cpu), shown
        case Kind.LATE_SETUP:
            return repr(operation.text), "s.directory"
        case Kind.RESERVE:
            return str(cpu), str(event), str(length)
    names = _ARGUMENTS.get(operation.kind, ())
    return tuple(repr(getattr(operation, name)) for name in names)
