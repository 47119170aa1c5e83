"""Dumps that are damaged: nothing crashes, nothing takes long, what is whole stays to be seen."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.kernel.fault import KernelError
from relayviz.kernel.as_json import as_json
from relayviz.kernel.as_lines import as_lines
from relayviz.kernel.report import BufferReport, ChannelReport, Report, report_of
from tests.kernel.dumps import FIVE_612, Dump
from tests.kernel.mutations import Mutated, Mutations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from relayviz.engines.kernel.kernel import Kernel

SECONDS = 1.0  # of this program's own time: the machine may be busy
SHORT, LONG = 60, 1000
SEEDS = [
    pytest.param(seed, count, marks=[] if count == SHORT else [pytest.mark.soak])
    for seed, count in ((1, SHORT), (2, LONG))
]


@pytest.fixture(scope="module")
def whole() -> Iterator[Kernel]:
    with Dump(FIVE_612).open() as kernel:
        yield kernel


def report(kernel: Kernel) -> Report:
    look = kernel.look()
    return report_of(kernel, look.channels, look.damage)


def opened(core: bytes) -> Report | str:
    """What is told of a dump, in every form; a text: the sentence with which it was refused."""
    begin = time.process_time()
    try:
        with Dump(FIVE_612).open(core) as kernel:
            told = report(kernel)
    except KernelError as error:
        return str(error)
    assert as_json(told)
    assert all(line.isprintable() or line for line in as_lines(told))
    assert time.process_time() - begin < SECONDS
    return told


def mutants(
    whole: Kernel, seed: int, count: int, kind: Callable[[Mutations], Mutated]
) -> Iterator[Mutated]:
    mutations = Mutations(Dump(FIVE_612).core, whole, random.Random(seed))  # noqa: S311
    for _ in range(count):
        yield kind(mutations)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("seed", "count"), SEEDS)
def test_damage_in_a_structure_hides_nothing_else(whole: Kernel, seed: int, count: int) -> None:
    clean = report(whole)
    assert clean.damage == ()
    noticed = 0
    for mutant in mutants(whole, seed, count, Mutations.of_a_struct):
        told = opened(mutant.core)
        assert isinstance(told, Report), told
        assert mutant.channel is not None
        noticed += told != clean
        by_address = {one.channel.addr: one for one in told.channels}
        for number, expected in enumerate(clean.channels):
            ours = by_address.get(expected.channel.addr)
            if number != mutant.channel:
                assert ours == expected, mutant.told
            elif mutant.buffer is not None:
                assert ours is not None, mutant.told
                assert itself(ours) == itself(expected), mutant.told
                assert others(ours, expected, mutant.buffer), mutant.told
            else:
                assert ours is not None or told.damage, mutant.told
    assert noticed > count // 2


def itself(told: ChannelReport) -> object:
    """A channel without its buffers, and without what is said about one of them."""
    return replace(told.channel, buffers=(), damage=())


def others(ours: ChannelReport, expected: ChannelReport, damaged: int) -> bool:
    """Whether all buffers but the damaged one are as they were."""
    by_address = {told.buffer.addr: told for told in ours.buffers}
    rest: list[BufferReport] = [
        told for number, told in enumerate(expected.buffers) if number != damaged
    ]
    return all(by_address.get(told.buffer.addr) == told for told in rest)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("seed", "count"), SEEDS)
def test_damage_anywhere_ends_in_a_sentence(whole: Kernel, seed: int, count: int) -> None:
    told = [opened(mutant.core) for mutant in mutants(whole, seed, count, Mutations.of_anything)]
    refused = [one for one in told if isinstance(one, str)]
    assert 0 < len(refused) < len(told)
    assert all(sentence.endswith((".", "?")) for sentence in refused)
