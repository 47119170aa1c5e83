"""Copy as C and Copy as pytest: the programs do what the session did, and fail where it fails."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.step.play import play
from relayviz.model.channel.client import compile_subbuf_start
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.program.c import ProgramError, c_program
from relayviz.model.program.pytest import pytest_program
from relayviz.model.program.recorded import with_record
from relayviz.model.session.file import loads
from relayviz.model.session.scenario import scenarios
from relayviz.model.session.session import Expectation, Line, Place, Session

if TYPE_CHECKING:
    from relayviz.model.session.scenario import Scenario

ROOT = Path(__file__).parents[1]
LIBRARIES = sorted(ROOT.glob("build/cp*/librelay.a"))  # that of this machine, beside the module
IN_C = [one for one in scenarios() if not one.session.sources]
DETAILS = Session(
    lines=(
        Line(
            operations=(
                Operation(Kind.WRITE, 1, data=b'"\\?\xff\n'),
                Operation(Kind.OPEN_FILE, 1),
                Operation(Kind.READ, 1, 100),
            )
        ),
    ),
    expectations=(
        Expectation(Place(0, 0), "attempts == 0 and n_subbufs == 8"),
        Expectation(Place(0, 1), "cpu == 1 and stored[cpu] == 1 and operation == 'write'"),
        Expectation(Place(0, 3), "data == '225c3fff0a' and 0 < value / 2 < 3"),
        Expectation(Place(0, 3), "data != '225C3FFF0A' and data != 'no hex' and text != '225c'"),
        Expectation(Place(0, 3), r"text == '\"\\?\xff\n' and text != 'ä€'"),
        Expectation(Place(0, 3), "(value if event else 5 + 1) == 6 and not lost"),
        Expectation(Place(0, 3), "grew(stored) or 1"),
    ),
)


def compiled(text: str, folder: Path) -> Path:
    """Compile a program against the library, strictly."""
    source, program = folder / "session.c", folder / "session"
    source.write_text(text, encoding="utf-8")
    subprocess.run(
        [
            *("cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wunused-function"),
            *("-I", str(ROOT / "core" / "include"), str(source), str(LIBRARIES[0])),
            *("-lpthread", "-lm", "-o", str(program)),
        ],
        check=True,
    )
    return program


def recorded(session: Session, branch: int = 0) -> Session:
    """The session with what was found at each step of a branch."""
    engine = play(session, [compile_subbuf_start(source) for source in session.sources])
    try:
        assert engine.wait_idle()
        return with_record(session, engine, branch)
    finally:
        engine.close()


def run(program: Path) -> tuple[int, str]:
    done = subprocess.run([str(program)], capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stderr


needs_cc = pytest.mark.skipif(
    not LIBRARIES or shutil.which("cc") is None, reason="the library is built elsewhere"
)


@needs_cc
@pytest.mark.parametrize("scenario", IN_C, ids=lambda one: one.name)
def test_a_scenario_in_c(scenario: Scenario, tmp_path: Path) -> None:
    for branch in range(len(scenario.session.lines)):
        text = c_program(recorded(scenario.session, branch), branch)
        assert run(compiled(text, tmp_path)) == (0, "")


@needs_cc
def test_details_in_c(tmp_path: Path) -> None:
    text = c_program(DETAILS)
    assert "not checked here: grew(stored) or 1" in text
    assert text.count("not checked here") == 1
    assert run(compiled(text, tmp_path)) == (0, "")
    wrong = replace(DETAILS, expectations=(Expectation(Place(0, 1), "stored == 2"),))
    assert run(compiled(c_program(wrong), tmp_path)) == (
        1,
        "does not hold: step 1: stored == 2\n",
    )


def test_python_is_no_c() -> None:
    session = next(one.session for one in scenarios() if one.session.sources)
    with pytest.raises(ProgramError, match="as pytest"):
        c_program(session)


def test_all_scenarios_as_pytest(tmp_path: Path) -> None:
    for one in scenarios():
        for branch in range(len(one.session.lines)):
            name = f"test_{one.name.replace('-', '_')}_{branch}.py"
            session = recorded(one.session, branch)
            (tmp_path / name).write_text(pytest_program(session, branch), encoding="utf-8")
    (tmp_path / "test_details.py").write_text(pytest_program(DETAILS), encoding="utf-8")
    done = pytest_in(tmp_path, "--assert=plain")  # else each file is compiled anew
    assert done.returncode == 0, done.stdout
    assert f"{len(list(tmp_path.glob('test_*.py')))} passed" in done.stdout


def test_a_test_fails_where_the_session_does(tmp_path: Path) -> None:
    wrong = replace(DETAILS, expectations=(Expectation(Place(0, 1), "stored == 2"),))
    (tmp_path / "test_wrong.py").write_text(pytest_program(wrong), encoding="utf-8")
    done = pytest_in(tmp_path)
    assert done.returncode == 1
    assert "stored == 2" in done.stdout


def pytest_in(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *more, "."],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# ------------------------------------------------------------------ what a copy asserts

READ = loads(
    """relayviz = 1
[channel]
subbuf_size = 64
n_subbufs = 2
cpus = 2
[[branch]]
steps = '''
open-file r cpu=1
write 40 cpu=1
write data=0a0b0c cpu=1
write 40 cpu=1
write 65 cpu=1
read 50 cpu=1
consume 1 cpu=1
read 100 cpu=1
poll cpu=1
flush
'''
"""
)


#: what cannot be told from what it was, by what stands in front of it
THE_SAME = {
    "SUBBUF_SIZE, N_SUBBUFS, CPUS = 64, 2, ": "a CPU more that is never on line",
    "s.do(s.write, 1, pattern(": "an event that was refused has no bytes anywhere",
    "s.do(s.consume, 1, ": "no more than was ready is consumed",
    "s.do(s.read, 1, None, ": "no more than is there is read",
}
NO_SUCH_CPU = re.compile(r"\(s\.figure\(\"\w+\", ?\d\) == 0\)")  # has none of anything, too


def constants(program: str) -> list[ast.Constant]:
    """The numbers and bytes of what the test does: operations and sizes, in order."""
    tree = ast.parse(program)
    sizes = next(node for node in tree.body if isinstance(node, ast.Assign))
    done = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) == "s.do"
    ]
    asserted = [
        node.test
        for function in tree.body
        if isinstance(function, ast.FunctionDef) and function.name == "test_session"
        for node in ast.walk(function)
        if isinstance(node, ast.Assert)
    ]
    found = [
        each
        for node in (sizes, *done, *asserted)
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and type(each.value) in (int, bytes)
    ]
    return sorted(found, key=lambda one: (one.lineno, one.col_offset))


def holds(program: str) -> bool:
    names: dict[str, object] = {}
    exec(compile(program, "copy", "exec"), names)  # noqa: S102  our own program
    try:
        names["test_session"]()  # type: ignore[operator]
    except Exception:  # noqa: BLE001  however it fails
        return False
    return True


def changed(program: str, one: ast.Constant) -> str:
    """The program with one constant changed: another number, another byte."""
    lines = program.splitlines(keepends=True)
    line = lines[one.lineno - 1]
    value = one.value
    assert isinstance(value, int | bytes)
    other = value + 1 if isinstance(value, int) else bytes([value[0] ^ 1]) + value[1:]
    lines[one.lineno - 1] = line[: one.col_offset] + repr(other) + line[one.end_col_offset :]
    return "".join(lines)


def test_a_copy_fails_when_any_constant_in_it_is_changed() -> None:
    program = pytest_program(recorded(READ))
    assert holds(program)
    tried = constants(program)
    assert len(tried) > 60
    lines = program.splitlines()
    unnoticed = []
    for one in tried:
        if holds(changed(program, one)):
            before = lines[one.lineno - 1][: one.col_offset].strip()
            figure = before[before.rfind("(s.figure") :] + lines[one.lineno - 1][one.col_offset :]
            if before + " " not in THE_SAME and before not in THE_SAME:
                unnoticed.append(figure)
    assert [one for one in unnoticed if not NO_SUCH_CPU.match(one)] == []
    assert len(unnoticed) < len(tried) / 20


def test_no_function_of_a_copy_is_unused() -> None:
    program = pytest_program(recorded(READ))
    tree = ast.parse(program)
    defined = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert "unmap" not in defined
    for name in defined:
        assert name in ("__init__", "test_session") or len(re.findall(rf"\b{name}\b", program)) > 1
