"""Sessions and loads with a name, in which sentences are looked for: each always says the same."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, NamedTuple

from relayviz.gui.bytes import content as byte_texts
from relayviz.gui.channel.facts import facts_of
from relayviz.gui.compare.side import state_words
from relayviz.gui.counters.panel import notes
from relayviz.gui.fate import sentences as fate_texts
from relayviz.gui.fate.table import seen_words
from relayviz.gui.rings import texts as ring_texts
from relayviz.gui.rings.geometry import Spot
from relayviz.gui.shell.status import figures_words, stepped_words
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.state import Count
from relayviz.model.channel.trail import Fate
from relayviz.model.compare.compare import Half, differences, only, sentence, survival
from relayviz.model.condition.breakpoint import Breakpoint, On
from relayviz.model.condition.columns import Columns, Records
from relayviz.model.condition.search import hits
from relayviz.model.ledger.events import regions
from relayviz.model.numbers import THIN
from relayviz.model.why.figures import FIGURES
from relayviz.model.why.why import Byte, Event, Figure, Piece
from tests.engines.chance import chance_operation
from tests.engines.test_step_words import CASES as STEPS
from tests.sentences import event_claims, log_claims, window_claims
from tests.sentences.foreign import of_kernels
from tests.sentences.loads.heard import of_loads
from tests.sentences.named import COMPARED, NAMED
from tests.sentences.playing import SOURCES, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.why.why import Why

CHANCES = 60
KEPT = (Fate.UNREAD, Fate.CONSUMED)


class Heard(NamedTuple):
    """A sentence that was said, where, and whether it was about a load."""

    where: str
    text: str
    of_load: bool = False


def examples() -> list[Heard]:
    """Return what is said in all of them; of sentences that differ in numbers alone the first."""
    found: dict[str, Heard] = {}
    for one in _heard():
        found.setdefault(re.sub(rf"\d[\d{THIN}]*", "#", one.text) + str(one.of_load), one)
    return list(found.values())


def _heard() -> Iterator[Heard]:
    """Give all that is said in all of them."""
    for number, (config, operations, *_) in enumerate(STEPS):
        yield from _of_session(f"case {number} of test_step_words", config, operations)
    for name, (config, operations) in NAMED.items():
        yield from _of_session(name, config, operations)
    for name, (left, right, operations) in COMPARED.items():
        yield Heard(name, _compared(left, right, operations))
    for seed in range(CHANCES):
        yield from _of_session(f"random session {seed}", *any_session(seed))
    yield from _taken_over()
    yield from (Heard(*one) for one in of_kernels())
    yield from (Heard(*one, of_load=True) for one in of_loads())


def any_session(seed: int) -> tuple[ChannelConfig, list[Operation]]:
    """Return a random session."""
    chance = random.Random(seed)  # noqa: S311
    config = ChannelConfig(
        base_filename=chance.choice(["cpu", "cpu", "cpu", None]),
        subbuf_size=chance.choice([32, 64]),
        n_subbufs=chance.randint(1, 4),
        cpus=2,
        mode=chance.choice(list(Mode)),
        header=chance.choice([0, 0, 0, 6]),
        is_global=chance.random() < 0.2,
        source=chance.choice(SOURCES),
    )
    operations = [Operation(Kind.OPEN_FILE), Operation(Kind.MMAP)][: chance.randint(1, 2)]
    for _ in range(70):
        one = chance_operation(chance, config.subbuf_size, closing=0.004)
        operations.append(one)
    return config, operations


def _compared(left: ChannelConfig, right: ChannelConfig, operations: list[Operation]) -> str:
    """Return which events only one of two keeps, held against the reference of each."""
    with Session(left) as one, Session(right) as other:
        halves: list[Half] = []
        kept: list[set[int]] = []
        for name, session in (("A", one), ("B", other)):
            tried = list(session.play(operations))
            fates = [event_claims.true_fate(session, moment)[0] for moment in tried]
            kept.append({number for number, fate in enumerate(fates, 1) if fate in KEPT})
            session.ledger.follow(session.history, 0)
            halves.append(Half(name, session.snapshot(), session.ledger.fates))
    text = only(survival(halves[0], halves[1], 0))
    for side, mine, others in (("A", kept[0], kept[1]), ("B", kept[1], kept[0])):
        told = re.search(rf"[Oo]nly {side} keeps the (?:\d+ )?events? ([^;.]*)", text)
        runs = re.findall(r"(\d+)(?:…(\d+))?", told[1] if told else "")
        named = {n for first, last in runs for n in range(int(first), int(last or first) + 1)}
        assert named == mine - others or ("and others" in text and named < mine - others), text
    return text


# -- sessions --------------------------------------------------------------------------------------


def _of_session(where: str, config: ChannelConfig, operations: list[Operation]) -> Iterator[Heard]:
    """Give what is said in a session, all of which is held against the reference."""
    with Session(config) as session:
        yield Heard(where, session.at.result.words)
        for moment in session.play(operations):
            assert log_claims.wrong(session, moment) == [], (where, moment.step)
            yield Heard(f"{where}, step {moment.step.depth}", moment.step.result.words)
        assert list(event_claims.wrong(session)) == [], where
        assert list(window_claims.wrong(session)) == [], where
        seen = session.snapshot()
        for text in (*_why(session, seen), *_fate(session, seen), *_views(session, seen)):
            yield Heard(f"{where}, at its end", text)


def _taken_over() -> Iterator[Heard]:
    """Give what is said of a channel that was in use before its history began."""
    with Session(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1)) as before:
        for _ in before.play([Operation(Kind.WRITE, length=30)] * 4):
            pass
        saved = before.channel.channel.save()
    with Session(before.config, saved) as session:
        yield Heard("taken over", session.at.result.words)
        seen = session.snapshot()
        for text in (*_why(session, seen), *_views(session, seen)):
            yield Heard("taken over", text)


def _why(session: Session, seen: Snapshot) -> Iterator[str]:
    session.ledger.follow(session.history, 0)
    subjects = [Event(number) for number in range(1, session.at.next_event)]
    for row in range(seen.rows):
        subjects += [Figure(row, name) for name in FIGURES]  # type: ignore[misc]
        for index in range(seen.n_subbufs):
            subjects.append(Piece(row, index))  # type: ignore[arg-type]
            subjects += [Byte(row, index, at) for at in range(0, seen.subbuf_size, 3)]  # type: ignore[misc]
    for subject in subjects:
        if (why := session.why(subject, seen)) is not None:
            yield from _lines(why)


def _lines(why: Why) -> Iterator[str]:
    yield why.title
    yield from (formula.text() for formula in why.formulas)
    yield from (f"{cause.lead} step {cause.step}" for cause in why.causes)
    yield why.rule.section
    yield why.rule.words
    yield why.helps


def _fate(session: Session, seen: Snapshot) -> Iterator[str]:
    index = session.ledger.fates
    for buffer in index.buffers:
        lane = index.lane(buffer)
        readers = [one for one in index.readers.at(seen.step) if one.buffer == buffer]
        flags = index.readers.seen(readers, lane, seen.step).tolist() if readers else []
        yield from (seen_words(one) for one in flags)
        for row in range(len(lane.rows)):
            for step in (seen.step, seen.step // 2):
                yield fate_texts.bin_words(index, buffer, row, 1, step)
        yield fate_texts.bin_words(index, buffer, 0, len(lane.rows), seen.step)
    for number in range(1, session.at.next_event):
        if (event := index.find(number, seen.step)) is not None:
            yield fate_texts.all_words(index, event, seen.step)
    tallies = {fate: one.count for fate, one in index.tallies(seen.step).items()}
    total = Count(
        sum(one.events for one in tallies.values()), sum(one.bytes for one in tallies.values())
    )
    yield from fate_texts.conservation(total, tallies, lambda _, text: text)
    for look in session.mirror.moments[-1].after.values():
        gone = look.ready - look.there
        writing = int(not look.is_blocked)
        yield fate_texts.subbuf_conservation(look.produced, look.consumed, gone, writing)


def _views(session: Session, seen: Snapshot) -> Iterator[str]:
    half = Half("A", seen, session.ledger.fates)
    yield half.title
    yield stepped_words(seen).text
    yield figures_words(seen)
    yield " ".join(notes(seen, int((seen.buffers["offset"] > seen.subbuf_size).sum())))
    yield from (f"{fact.name} {fact.value} {fact.whole} {fact.tip}" for fact in facts_of(seen))
    yield ring_texts.describe_all(seen)
    for row in range(seen.rows):
        cpu = int(seen.buffers["cpu"][row])
        found = survival(half, half, cpu)
        yield from (sentence(half, found, 0, cpu), only(found), state_words(half, cpu))
        yield from (f"{one.name} {one.a}" for one in differences(half, half, cpu))
        for index in range(seen.n_subbufs):
            yield ring_texts.describe_subbuf(seen, row, index)
            for offset in range(0, seen.subbuf_size, 5):
                yield ring_texts.describe(seen, Spot(row, index, offset))
            places = session.ledger.events.places(seen, seen.step, row, index)
            found_regions = regions(seen, row, index, places)
            bytes_of = byte_texts.Content(seen, row, index, found_regions)
            yield f"{bytes_of.title()} "
            yield from (byte_texts.describe(bytes_of, one.start) for one in found_regions)
    columns = Columns(Records(session.facts, session.history, session.config), 0)
    for on in On:
        if on not in (On.OPERATION, On.WHEN, On.CALLBACK) and len(hits(columns, Breakpoint(on))):
            yield Breakpoint(on).title
