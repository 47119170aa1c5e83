"""Copy as C: a program that is another in one constant says so. All are tried in one program."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from relayviz.model.program.c import c_program
from tests.test_programs import READ, compiled, needs_cc, recorded, run

if TYPE_CHECKING:
    from pathlib import Path

#: what cannot be told from what it was
THE_SAME = {
    "do_write(1, pattern(1, <40>), 40);": "no more of a longer pattern is written",
    "do_write(1, pattern(3, <40>), 40);": "so",
    "do_write(1, pattern(4, <65>), 65);": "so",
    "do_write(1, pattern(<4>, 65), 65);": "an event that was refused has no bytes anywhere",
    "do_consume(1, <1>);": "no more than was ready is consumed",
    "do_read(1, -1, <100>);": "no more than is there is read",
    '(figure("offset", <1>) == 0)': "a CPU that is not there has none of anything, too",
    '(figure("current", <1>) == 0)': "so",
}
LINE = re.compile(r"    (?:do_\w+|expect)\(.*;.*")
MESSAGE = re.compile(r', "step \d+: .*"\);$')
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|(?<![\w-])\d+\b')
NAMED = re.compile(r"figure\($|channel_figure\($")
SWITCH = """
static int changed = -1; /* the constant that is another one */
#define NUMBER(which, value) ((value) + (changed == (which)))
#define TEXT(which, text) other_text(which, text, sizeof(text))

static const char *other_text(int which, const char *text, size_t size)
{
    static char other[4096];

    if (changed != which)
        return text;
    memcpy(other, text, size);
    other[0] ^= 1;
    return other;
}

static struct rchan *chan;"""


def switched(program: str) -> tuple[str, list[str]]:
    """The program with a switch for each of its constants, and where each of them stands."""
    places: list[str] = []

    def line(text: str) -> str:
        message = MESSAGE.search(text)
        end = message.start() if message else len(text.partition("/*")[0])
        code, rest = text[:end], text[end:]

        def put(found: re.Match[str]) -> str:
            value = found.group()
            if NAMED.search(code[: found.start()]):
                return value  # which figure it is is no constant
            left = max(code.rfind("(figure", 0, found.start()), 0)
            right = found.end() + len(code[found.end() :].partition(" && ")[0])
            place = f"{code[left : found.start()]}<{value}>{code[found.end() : right]}".strip()
            places.append(place)
            return f"{'TEXT' if value[0] == chr(34) else 'NUMBER'}({len(places) - 1}, {value})"

        return TOKEN.sub(put, code) + rest

    lines = [line(one) if LINE.fullmatch(one) else one for one in program.split("\n")]
    text = "\n".join(lines).replace("\nstatic struct rchan *chan;", SWITCH, 1)
    begin = "int main(int argc, char **argv)\n{\n    changed = argc > 1 ? atoi(argv[1]) : -1;"
    return text.replace("int main(void)\n{", begin, 1), places


@needs_cc
def test_a_program_fails_when_any_constant_in_it_is_changed(tmp_path: Path) -> None:
    text, places = switched(c_program(recorded(READ)))
    assert len(places) > 60
    program = compiled(text, tmp_path)
    assert run(program) == (0, "")
    unnoticed = [place for which, place in enumerate(places) if holds(program, which)]
    assert sorted(unnoticed) == sorted(THE_SAME)


def holds(program: Path, which: int) -> bool:
    done = subprocess.run(
        [str(program), str(which)], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode == 0) == (done.stderr == "")
    return done.returncode == 0


@needs_cc
@pytest.mark.parametrize("name", ["SUBBUF_SIZE", "N_SUBBUFS", "HEADER"])
def test_and_when_the_channel_is_another_one(name: str, tmp_path: Path) -> None:
    text = c_program(recorded(READ))
    other = re.sub(rf"\b({name}) = (\d+)", lambda one: f"{one[1]} = {int(one[2]) + 1}", text)
    assert other != text
    status, said = run(compiled(other, tmp_path))
    assert status == 1
    assert "does not hold: step" in said
