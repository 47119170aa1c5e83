"""The face describes itself: everything public has a docstring, and the stub knows it all."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from relayviz import _relay, relay  # noqa: TID251  its native part is looked at here

STUB = Path(relay.__file__).parents[1] / "_relay.pyi"
CLASSES = [thing for name in relay.__all__ if inspect.isclass(thing := getattr(relay, name))]


def public_members(kind: type) -> list[str]:
    """Return the names that a class of ours defines for everybody."""
    ours = [base for base in kind.__mro__ if base.__module__.startswith("relayviz")]
    return sorted({name for base in ours for name in vars(base) if not name.startswith("_")})


@pytest.mark.parametrize("name", [n for n in relay.__all__ if callable(getattr(relay, n))])
def test_everything_public_has_a_docstring(name: str) -> None:
    assert len(inspect.getdoc(getattr(relay, name)) or "") > 20


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_members_have_docstrings(kind: type) -> None:
    fields = {"errno", *getattr(kind, "__annotations__", {})}  # described by their class
    silent = [
        name
        for name in public_members(kind)
        if name not in fields and not inspect.getdoc(inspect.getattr_static(kind, name))
    ]
    assert silent == []


def stub_names() -> dict[str, set[str]]:
    """Return what the stub declares: "" for the module, and each class."""
    names: dict[str, set[str]] = {"": set()}
    for node in ast.parse(STUB.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            names[node.name] = {
                inner.name if isinstance(inner, ast.FunctionDef) else inner.target.id  # type: ignore[union-attr]
                for inner in node.body
                if isinstance(inner, ast.FunctionDef | ast.AnnAssign)
            }
            names[""].add(node.name)
        elif isinstance(node, ast.FunctionDef):
            names[""].add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names[""].add(node.target.id)
    return names


def test_the_stub_declares_what_there_is() -> None:
    inside = {"Client", "Span", "Mapping"}  # of no use to anybody outside of the module
    names = stub_names()
    module = {
        name
        for name, thing in vars(_relay).items()
        if not (name.startswith("_") or name in inside or inspect.ismodule(thing))
    }
    assert names.pop("") - {"BytesLike"} == module
    for name, declared in names.items():
        members = {
            member
            for member in vars(getattr(_relay, name))
            if member in declared or not (member.startswith("__") or member == "errno")
        }
        assert declared == members, name


def test_constants() -> None:
    assert (relay.CHANNEL_VERSION, relay.PAGE_SIZE) == (7, 4096)
    assert (relay.MAX_CPUS, relay.MAX_SUBBUFS) == (4096, 524288)


def test_errors_are_one_family() -> None:
    errors = [kind for kind in CLASSES if issubclass(kind, relay.RelayError)]
    assert errors == [kind for kind in CLASSES if issubclass(kind, Exception)]
    assert len(errors) == 10
    for kind in errors:
        assert kind.errno > 0
        assert str(kind("text")) == "text"
        assert kind.__module__ == "relayviz.relay"
    assert issubclass(relay.NoMemoryError, MemoryError)
    assert issubclass(relay.ExistsError, FileExistsError)
