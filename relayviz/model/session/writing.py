"""From a session to the plain values that its TOML file consists of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from itertools import groupby
from typing import TYPE_CHECKING, Any

from relayviz.model.channel.config import ChannelConfig
from relayviz.model.session.line import normal, write_line
from relayviz.model.session.reading import KEY, VERSION
from relayviz.model.session.session import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from relayviz.model.condition.breakpoint import Breakpoint
    from relayviz.model.session.session import Line, Session


def plain_session(session: Session, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the values of a session's file, in the order they are read best.

    Args:
        session: The session.
        names: The names of its Python texts, by text; None: they get some.
    """
    sources = {text: f"source{number}" for number, text in enumerate(session.sources, 1)}
    if names is not None:
        sources = {text: names[text] for text in session.sources}
    values: dict[str, Any] = {KEY: VERSION}
    for name in ("title", "topic", "text"):
        if text := getattr(session, name):
            values[name] = _with_newlines(text)
    if session.shows:
        values["shows"] = list(session.shows)
    if session.breakpoints:
        values["breakpoints"] = [breakpoint_line(each) for each in session.breakpoints]
    if session.watches:
        values["watches"] = list(session.watches)
    if session.view is not None:
        name = session.lines[session.view.branch].name
        values["view"] = {"branch": name, "step": session.view.step}
    values["channel"] = _config(session.config, sources)
    if sources:
        values["sources"] = {name: _with_newlines(text) for text, name in sources.items()}
    if session.lesson is not None:
        values["lesson"] = dict(session.lesson)
    values["branch"] = list(_lines(session, sources))
    return values


def _with_newlines(text: str) -> str:
    """Return a text with the line ends that TOML keeps."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _config(config: ChannelConfig, sources: Mapping[str, str]) -> dict[str, Any]:
    """Return what differs from the usual, and the sizes always."""
    usual, values = ChannelConfig(), {}
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name in ("subbuf_size", "n_subbufs", "cpus", "mode"):
            values[field.name] = str(value) if field.name == "mode" else value
        elif field.name == "base_filename" and value is None:
            values["buffer_only"] = True
        elif value != getattr(usual, field.name):
            values[field.name] = list(value) if isinstance(value, tuple) else value
    if config.source:
        values["source"] = sources[config.source]
    return values


def _lines(session: Session, sources: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    notes: defaultdict[Place, list[str]] = defaultdict(list)
    for marker in session.markers:
        notes[marker.at].append(f"mark {marker.name}")
    for expectation in session.expectations:
        notes[expectation.at].append(f"expect {expectation.that}")
    for scripted in session.script:
        notes[scripted.at].append(scripted.text)
    for place, line in enumerate(session.lines):
        values: dict[str, Any] = {"name": line.name}
        if line.parent is not None:
            values |= {"parent": session.lines[line.parent].name, "from": line.fork}
        text = "".join(f"{each}\n" for each in _steps(line, place, notes, sources))
        yield values | {"steps": text}


def _steps(
    line: Line, branch: int, notes: Mapping[Place, list[str]], sources: Mapping[str, str]
) -> Iterator[str]:
    """Give the lines of a branch; the same operation several times in a row is one."""
    step = line.fork
    yield from notes.get(Place(branch, step), ())
    for operation, run in groupby(line.operations):
        times = 0
        for _ in run:
            times, step = times + 1, step + 1
            noted = notes.get(Place(branch, step))
            if noted:
                yield write_line(normal(operation), sources, times)
                yield from noted
                times = 0
        if times:
            yield write_line(normal(operation), sources, times)


def breakpoint_line(each: Breakpoint) -> str:
    """Return a breakpoint as sessions keep it: "refused cpu=1 hits=3"."""
    parts = ["" if each.enabled else "off", each.on.value, each.what]
    parts.append("" if each.cpu is None else f"cpu={each.cpu}")
    parts.append("" if each.hits == 1 else f"hits={each.hits}")
    return " ".join(part for part in parts if part)
