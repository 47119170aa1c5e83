"""What is told of a kernel's channels: of dumps, and of every state that a buffer can be in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.engines.kernel.viewing.opened import OpenedKernel
from relayviz.model.engine.kernel import How, Where
from relayviz.model.engine.protocol import OpenError
from relayviz.model.kernel.look import Look
from tests.kernel.dumps import BLKTRACE, FIVE, FIVE_612, MID_SWITCH, Dump
from tests.kernel.test_viewing import COUNT, SIZE, Scripted, channel, look
from tests.told.telling import Plain, hold, plain, since

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.kernel.viewing.engine import KernelEngine
    from relayviz.model.kernel.look import Channel

OFFSETS = (0, 1, SIZE - 1, SIZE, SIZE + 1, SIZE + 2)
BESIDE: dict[str, dict[str, object]] = {
    "being closed": {"finalized": 1},
    "half a sub-buffer read": {"bytes_consumed": 17},
    "more read than a sub-buffer has": {"bytes_consumed": SIZE},
    "early bytes": {"early_bytes": 40},
    "held twice": {"kref": 2},
    "somebody waits": {"waiters": True},
    "padding everywhere": {"padding": (3,) * COUNT},
    "more padding than bytes": {"padding": (SIZE + 1,) * COUNT},
    "on no CPU": {"cpu": 0xFFFFFFFF},
    "another slot": {"percpu_slot": 3},
    "no pages": {"page_count": 0},
    "no array of padding": {"padding": None},
    "before its memory": {"data": 7},
    "within a sub-buffer": {"data": 0x10000 + 5},
    "of another channel": {"chan": 0x5000},
}


def seen(given: Channel) -> Plain:
    """Tell of one channel that is looked at once."""
    kernel = OpenedKernel(Scripted(look(given)), Where(How.DUMP, "dump"))
    try:
        engine = kernel.open(given)
    except OpenError as error:
        return str(error)
    finally:
        kernel.close()
    try:
        return plain(engine.snapshot)
    finally:
        engine.close()


@pytest.mark.parametrize("produced", [0, COUNT - 1, COUNT, COUNT + 1, 2 * COUNT + 1])
def test_every_distance_and_offset(produced: int) -> None:
    first = seen(channel())

    def parts() -> Iterator[tuple[str, object]]:
        for consumed in range(max(produced - COUNT - 1, 0), produced + 2):
            for offset in OFFSETS:
                given = channel(produced, consumed, offset, blocked=offset > SIZE)
                yield f"{produced} - {consumed} at {offset}", since(first, seen(given))

    hold(f"kernel-produced-{produced}", parts())


def test_what_else_a_buffer_can_say() -> None:
    first = seen(channel(3, 1, 20))
    others = ((how, channel(3, 1, 20, **more)) for how, more in BESIDE.items())  # type: ignore[arg-type]
    parts = ((how, since(first, seen(given))) for how, given in others)
    hold("kernel-beside", [("as it is mostly", first), *parts])


@pytest.mark.parametrize("name", [FIVE, FIVE_612, BLKTRACE, *MID_SWITCH])
def test_dumps_of_real_kernels(name: str) -> None:
    kernel = OpenedKernel(Dump(name).open(), Where(How.DUMP, f"{name}.elf"))
    parts: list[tuple[str, object]] = [("looked at", Look(kernel.look.release, ()))]
    for each in kernel.look.channels:
        engine = kernel.open(each)
        parts.append((f"{each.name} {each.addr:#x}", told_by(engine)))
        engine.close()
    kernel.close()
    hold(f"kernel-{name}", parts)


def told_by(engine: KernelEngine) -> Plain:
    shown = engine.snapshot
    for row in range(shown.rows):
        engine.bytes_of(shown, row)  # read elsewhere, and what is withheld is told then
    assert engine.wait_idle()
    return plain(engine.snapshot)
