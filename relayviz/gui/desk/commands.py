"""The commands of menus, buttons and keys that act on a channel: from operands to operations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.engine.playing import FRAME, played
from relayviz.model.engine.taped import taped
from relayviz.model.inside.acting import going

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.desk.controller import Controller

    Command = Callable[[Controller], None]

# ---------------------------------------------------------------- operations


def act(controller: Controller, *operations: Operation) -> None:
    """Do something by hand: it can be undone."""
    if controller.stepped is not None:
        first, *others = operations
        more = f" and {len(others)} more" if others else ""
        controller.acting.emit(f"{first.title()}{more}")
        controller.submit(*operations)


def on_cpu(kind: Kind, text: str = "") -> Command:
    """Return the command that does something on the chosen CPU, or on all, with chosen operands."""

    def command(controller: Controller) -> None:
        inputs = controller.inputs
        length = inputs.length if kind in WITH_LENGTH else 0
        count = inputs.count if kind is Kind.CONSUME else 0
        opens = kind in ON_FILE
        act(controller, Operation(kind, inputs.target, length, count, text=text, opens=opens))

    return command


def on_channel(kind: Kind) -> Command:
    """Return the command that does something to the whole channel."""

    def command(controller: Controller) -> None:
        act(controller, Operation(kind))

    return command


def show_moment(controller: Controller, step: int) -> None:
    """Show another step of the branch shown, or of a capture when so many records were written."""
    tape = taped(controller.shown)
    if tape is not None:
        tape.goto_place(step)
    else:
        controller.seek(step)


def set_mode(mode: Mode) -> Command:
    """Return the command that changes what subbuf_start returns from now on."""

    def command(controller: Controller) -> None:
        if controller.snapshot is not None and controller.snapshot.mode == mode:
            return
        if controller.running.engine is not None:
            controller.running.set_mode(mode)
        else:
            act(controller, Operation(Kind.SET_MODE, text=mode))

    return command


def write_text(controller: Controller, text: str) -> None:
    """Write a typed text as one event."""
    data = text.encode()
    act(controller, Operation(Kind.WRITE, controller.inputs.target, data=data))


def write_bytes(controller: Controller, text: str) -> None:
    """Write bytes typed in hex as one event."""
    data = bytes.fromhex(text)
    act(controller, Operation(Kind.WRITE, controller.inputs.target, data=data))


def fill_text(controller: Controller, text: str) -> None:
    """Fill the oldest reserved slot with a typed text."""
    act(controller, Operation(Kind.FILL, controller.inputs.target, data=text.encode()))


def consume(controller: Controller, count: int) -> None:
    """Report some sub-buffers as consumed."""
    controller.set_inputs(count=count)
    on_cpu(Kind.CONSUME)(controller)


def late_setup(controller: Controller, name: str) -> None:
    """Give a buffer-only channel its files."""
    act(controller, Operation(Kind.LATE_SETUP, text=name))


def toggle_online(controller: Controller) -> None:
    """Take the chosen CPU off line, or on line if it is off."""
    snapshot = controller.snapshot
    if snapshot is None:
        return
    cpu = controller.inputs.cpu
    online = cpu in tuple(int(number) for number in snapshot.online)
    act(controller, Operation(Kind.CPU_ONLINE, cpu, count=0 if online else 1))


# ---------------------------------------------------------------- through the history


def _go_on(controller: Controller, by: float) -> None:
    """Go some records of a capture on or back, or frames of a recording; infinitely many: all."""
    tape, recording = taped(controller.shown), played(controller.shown)
    if tape is not None:
        tape.goto_place(int(min(max(0, tape.aim + by), tape.tape.count)))
    elif recording is not None:
        recording.play(0.0)
        recording.go(recording.at + by * FRAME)


def home(controller: Controller) -> None:
    """Show the channel as it was just after opening; the beginning of what others wrote."""
    if engine := going(controller.shown):
        engine.home()
    else:
        _go_on(controller, -math.inf)


def back(controller: Controller) -> None:
    """Show the state before the last operation."""
    if engine := going(controller.shown):
        engine.back()
    else:
        _go_on(controller, -1)


def forward(controller: Controller) -> None:
    """Show the state after the next operation."""
    if engine := going(controller.shown):
        engine.forward()
    else:
        _go_on(controller, 1)


def end(controller: Controller) -> None:
    """Show the newest state of this branch."""
    if engine := going(controller.shown):
        engine.end()
    else:
        _go_on(controller, math.inf)


def give_up(controller: Controller) -> None:
    """Go on without a subbuf_start that does not return."""
    controller.give_up()


# ---------------------------------------------------------------- what is shown


def other_mode(controller: Controller) -> None:
    """Open a second channel in the other mode and repeat the same operations there."""
    if controller.snapshot is not None:
        lossless = controller.snapshot.mode != Mode.OVERWRITE
        controller.open_with(Mode.OVERWRITE if lossless else Mode.NO_OVERWRITE)


def step_cpu(by: int) -> Command:
    """Return the command that chooses the next or previous CPU."""

    def command(controller: Controller) -> None:
        if controller.snapshot is not None:
            cpu = (controller.inputs.cpu + by) % controller.snapshot.cpus
            controller.set_inputs(cpu=cpu)

    return command


def step_subbuf(by: int) -> Command:
    """Return the command that selects the next or previous sub-buffer of the selected ring."""

    def command(controller: Controller) -> None:
        snapshot = controller.snapshot
        if snapshot is None:
            return
        row, index = controller.selection
        if index < 0:
            index = snapshot.write_position(row)[0] - by
        controller.select(row, (index + by) % snapshot.n_subbufs)

    return command


def step_tab(by: int) -> Command:
    """Return the command that brings the next or previous channel to front."""

    def command(controller: Controller) -> None:
        if controller.tabs:
            controller.show_tab((controller.current + by) % len(controller.tabs))

    return command


def toggle_all_cpus(controller: Controller) -> None:
    """Operate on all CPUs, or on the chosen one again."""
    controller.set_inputs(all_cpus=not controller.inputs.all_cpus)


def close_tab(controller: Controller) -> None:
    """Close the tab in front."""
    controller.close_tab(controller.current)


WITH_LENGTH = frozenset(
    {Kind.WRITE, Kind.WRITE_NOLOCK, Kind.RESERVE, Kind.SWITCH, Kind.READ, Kind.SPLICE}
)
ON_FILE = frozenset({Kind.READ, Kind.POLL, Kind.SPLICE, Kind.MMAP})
"""Those that open the file of the CPU first, if none is open."""
