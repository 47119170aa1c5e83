"""Who imports whom: the contracts of pyproject.toml hold, and no two modules need each other."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import grimp
import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]


def circle_in(imports: Mapping[str, set[str]]) -> list[str]:
    """Return modules that import each other in a ring, the first also last; empty: none do."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def imports_of(package: str) -> dict[str, set[str]]:
    """Return what each module imports of the package, under TYPE_CHECKING too."""
    graph = grimp.build_graph(package, exclude_type_checking_imports=False, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def run_python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def test_imports_go_one_way() -> None:
    result = run_python("from importlinter.cli import lint_imports; exit(lint_imports())", ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_modules_import_each_other() -> None:
    imports = imports_of("relayviz")
    assert "relayviz.model.history.history" in imports["relayviz.model.ledger.timeline"]
    assert circle_in(imports) == []


def test_the_python_face_needs_no_graphics() -> None:
    result = run_python("import sys, relayviz.relay; print(*sys.modules)", ROOT)
    loaded = {name.split(".")[0] for name in result.stdout.split()}
    assert "numpy" in loaded
    assert not loaded & {"PySide6", "pyqtgraph", "hypothesis", "pytest"}


class TestTheChecksCanFail:
    """Each check finds a planted fault, and only that."""

    def test_circle(self) -> None:
        assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"d"}}) == []
        assert set(circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == {"b", "c"}

    @pytest.mark.parametrize(
        ("module", "imported"),
        [
            ("relay", "demo"),
            ("model.channel", "model.history"),
            ("model.program", "model.why"),
            ("engines.step.channel", "engines.step.engine"),
            ("engines.step", "engines.live"),
            ("gui.desk", "engines.step.engine"),
            ("gui.actions", "gui.shell"),
            ("gui.desk", "gui.widgets"),
        ],
    )
    def test_import_rules(self, tmp_path: Path, module: str, imported: str) -> None:
        files = make_package(tmp_path)
        assert lint_imports(tmp_path) == 0
        files[module].write_text(f"import relayviz.{imported}\n", encoding="utf-8")
        assert lint_imports(tmp_path) == 1

    def test_rooms_in_a_ring(self, tmp_path: Path) -> None:
        make_package(tmp_path)
        gui = tmp_path / "relayviz" / "gui"
        for name, other in (("desk", "look"), ("look", "rings"), ("rings", "desk")):
            (gui / name / "part.py").write_text(
                "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
                f"    import relayviz.gui.{other}.part\n",
                encoding="utf-8",
            )
        assert lint_imports(tmp_path) == 1
        (gui / "rings" / "part.py").write_text("", encoding="utf-8")
        assert lint_imports(tmp_path) == 0


def make_package(folder: Path) -> dict[str, Path]:
    """Make a package of empty files, one for each module that the contracts name.

    The imports that they allow beside their rules are there, too.
    """
    rules = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text(rules, encoding="utf-8")
    contracts = tomllib.loads(rules)["tool"]["importlinter"]["contracts"]
    imports, names = [], {"relayviz.gui.desk", "relayviz.gui.look", "relayviz.gui.rings"}
    for contract in contracts:
        for container in contract.get("containers", []):
            layers = " ".join(contract["layers"]).translate({ord(sign): " " for sign in "|:()"})
            names |= {f"{container}.{name}" for name in layers.split()}
        for allowed in contract.get("ignore_imports", []):
            imports.append(tuple(allowed.replace(".**", ".step").split(" -> ")))
            names |= set(imports[-1])
    files = {}
    for name in sorted(names):
        parts = name.split(".")
        folder.joinpath(*parts).mkdir(parents=True, exist_ok=True)
        for count in range(1, len(parts) + 1):
            folder.joinpath(*parts[:count], "__init__.py").touch()
        files[name.removeprefix("relayviz.")] = folder.joinpath(*parts, "__init__.py")
    for importer, imported in imports:
        with files[importer.removeprefix("relayviz.")].open("a", encoding="utf-8") as file:
            file.write(f"import {imported}\n")
    return files


def lint_imports(folder: Path) -> int:
    """The exit status of import-linter in a folder, which comes before the installed package."""
    code = """
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "relayviz" not in str(finder)]
from importlinter.cli import lint_imports
sys.exit(lint_imports(no_cache=True))
"""
    return run_python(code, folder).returncode
