"""Which code of the core a schedule goes through, in lines, and what of it is another one by now.

A session can keep these lines beside its digest. They name the source files with a digest of each,
and the functions that the schedule stops in with their stops, each with how many lines it stands
below the first one:

    src/write.c c3337123
    src/write.c relay_switch_held SWITCH_ENTER+0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from relayviz.relay import Site

_IN_FILE, _AT_LEAST = 2, 3  # words of a line


class Code(NamedTuple):
    """Files by name with their digests, and functions by file and name with their stops."""

    files: dict[str, str]
    functions: dict[tuple[str, str], tuple[str, ...]]


def code_now() -> Code:
    """Return the code that this program has."""
    sites = sorted(set(relay.sites()), key=lambda one: (one.file, one.line, one.stop))
    by_function: dict[tuple[str, str], list[Site]] = {}
    for site in sites:
        by_function.setdefault((site.file, site.function), []).append(site)
    return Code(
        dict(relay.CODE_FILES), {where: tuple(_stops(some)) for where, some in by_function.items()}
    )


def _stops(sites: list[Site]) -> Iterator[str]:
    for site in sites:
        yield f"{relay.STOPS[site.stop].name}+{site.line - sites[0].line}"


def lines_of(functions: Iterable[tuple[str, str]], code: Code | None = None) -> tuple[str, ...]:
    """Return the lines of some functions, given by file and name, and of their files."""
    code = code_now() if code is None else code
    wanted = sorted(where for where in set(functions) if where in code.functions)
    files = sorted({file for file, _ in wanted if file in code.files})
    return (
        *(f"{file} {code.files[file]}" for file in files),
        *(f"{file} {name} {' '.join(code.functions[file, name])}" for file, name in wanted),
    )


def changes(lines: Iterable[str], code: Code | None = None) -> list[str]:
    """Say what is another one than lines say; lines that mean nothing are passed over.

    Args:
        lines: As lines_of gave them.
        code: What is compared with; None: the code that this program has.
    """
    code = code_now() if code is None else code
    found: list[str] = []
    for line in lines:
        file, *rest = line.split() or [""]
        if len(rest) == _IN_FILE - 1:
            found += _file_changes(file, rest[0], code)
        elif len(rest) >= _AT_LEAST - 1:
            found += _function_changes(file, rest[0], rest[1:], code)
    return found


def _file_changes(file: str, digest: str, code: Code) -> Iterator[str]:
    if file not in code.files:
        yield f"{file} is no more"
    elif code.files[file] != digest:
        yield f"{file} is another one"


def _function_changes(file: str, name: str, stops: list[str], code: Code) -> Iterator[str]:
    now = code.functions.get((file, name))
    if now is None:
        others = sorted(other for other, known in code.functions if known == name)
        where = f"is in {others[0]} now" if others else "has no stop any more"
        yield f"{name} {where}"
        return
    before, after = _names(stops), _names(now)
    yield from (f"{name} stops at {one} no more" for one in before if one not in after)
    yield from (f"{name} has a new stop, {one}" for one in after if one not in before)
    if before == after and list(now) != stops:
        yield f"the lines between the stops of {name} are others"
    elif before != after and sorted(before) == sorted(after):
        yield f"the stops of {name} are in another order"


def _names(stops: Iterable[str]) -> list[str]:
    return [stop.partition("+")[0] for stop in stops]
