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


def names_in(body: list[ast.stmt]) -> set[str]:
    """Return what the statements of a stub declare."""
    named = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    fields = [node.target for node in body if isinstance(node, ast.AnnAssign)]
    return named | {field.id for field in fields if isinstance(field, ast.Name)}


def stub_names() -> dict[str, set[str]]:
    """Return what the stub declares: "" for the module, and each class (or submodule)."""
    body = ast.parse(STUB.read_text(encoding="utf-8")).body
    names = {node.name: names_in(node.body) for node in body if isinstance(node, ast.ClassDef)}
    return {"": names_in(body)} | names


def test_the_stub_declares_what_there_is() -> None:
    inside = {"Client", "Span", "Mapping"}  # of no use to anybody outside of the module
    names = stub_names()
    module = {name for name in vars(_relay) if not name.startswith("_")} - inside
    declared = {name for name in names.pop("") if not name.startswith("_")}
    assert declared - {"BytesLike"} == module
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
    assert len(errors) == 13
    for kind in errors:
        assert kind.errno > 0
        assert str(kind("text")) == "text"
        assert kind.__module__ == "relayviz.relay"
    assert issubclass(relay.NoMemoryError, MemoryError)
    assert issubclass(relay.ExistsError, FileExistsError)
