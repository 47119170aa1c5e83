"""What the program itself does wrong: it is told, kept for a report, and does not end the program.

Under Python 3.11 PySide ends the process (segmentation fault) where an exception that C code raised
leaves a method that Qt calls, for such an exception is a bare text until somebody looks at it: one
wrong look into a table while docks are shown, and a day's work is gone. Under each Python such an
exception goes on in whatever code of ours made Qt call. So each method that Qt calls is wrapped:
its exceptions go where those of slots go, and Qt gets what its own method answers.
"""

from __future__ import annotations

import functools
import sys
import threading
import traceback
from types import FunctionType
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot

from relayviz.gui.notice import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

QT = "PySide6."
KEPT = 64 << 10  # bytes of the file for reports
#: What Qt calls, beside all that is named an event.
CALLED = frozenset(
    (
        *("boundingRect", "columnCount", "data", "displayText", "done", "event", "eventFilter"),
        *("filterAcceptsRow", "flags", "hasHeightForWidth", "headerData", "heightForWidth"),
        *("highlightBlock", "initStyleOption", "itemChange", "loadResource", "minimumSizeHint"),
        *("minimumTabSizeHint", "paint", "rowCount", "setData", "setModel", "shape", "sizeHint"),
        *("sort", "tabSizeHint"),
    )
)


def guard_overrides() -> None:
    """Keep exceptions from Qt, in classes of now and of later. A second call changes nothing."""
    base: Any = shiboken6.Object
    if "__init_subclass__" in vars(base):
        return
    for cls in _below(base):
        _guard(cls)
    base.__init_subclass__ = classmethod(_guard)


def overrides(cls: type) -> Iterator[tuple[str, FunctionType]]:
    """Yield what a class puts in the place of methods of Qt, by name."""
    of_qt = [base for base in cls.__mro__ if _is_of_qt(base)]
    for name, method in list(vars(cls).items()):
        if not isinstance(method, FunctionType) or name.startswith("__"):
            continue
        if any(name in vars(base) for base in of_qt):
            yield name, method


def _below(base: type) -> Iterator[type]:
    known: list[type] = type.__subclasses__(base)
    for cls in known:
        yield cls
        yield from _below(cls)


def _guard(cls: type) -> None:
    if _is_of_qt(cls):
        return
    for name, method in overrides(cls):
        if name in CALLED or name.endswith("Event"):
            setattr(cls, name, _guarded(cls, method))


def _is_of_qt(cls: type) -> bool:
    return cls.__module__.startswith(QT)


def _guarded(owner: type, method: FunctionType) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(this: object, *given: object, **named: object) -> object:
        try:
            return method(this, *given, **named)
        except Exception:  # noqa: BLE001  whatever it is, Qt cannot take it
            sys.excepthook(*sys.exc_info())
        try:
            return getattr(super(owner, this), method.__name__)(*given, **named)
        except (AttributeError, NotImplementedError, TypeError):  # Qt has no answer of its own
            return None

    return call


class FaultTeller(QObject):
    """Tells of exceptions that nobody handled; call install() once, end() when the window goes.

    Those of other threads are told, too: an engine whose thread ended shows no news any more.

    Args:
        tell: Shows a sentence to the user; called on the thread that made this.
        path: The file that the details are added to; it is kept short.
    """

    _happened = Signal(str, str)  # in short, in full

    def __init__(self, tell: Callable[[str, Level], None], path: Path) -> None:
        super().__init__()
        self._tell, self._path = tell, path
        self._told: set[str] = set()
        self._before = sys.excepthook, threading.excepthook
        self._happened.connect(self._on_fault)

    def install(self) -> None:
        """Look after exceptions from now on; they are printed as before, too."""
        self._before = sys.excepthook, threading.excepthook
        sys.excepthook, threading.excepthook = self._on_exception, self._on_thread

    def end(self) -> None:
        """Leave them to whoever looked after them before."""
        sys.excepthook, threading.excepthook = self._before

    def _on_exception(
        self, kind: type[BaseException], fault: BaseException, where: TracebackType | None
    ) -> None:
        self._before[0](kind, fault, where)
        details = "".join(traceback.format_exception(kind, fault, where))
        self._happened.emit(f"{kind.__name__}: {fault}", details)

    def _on_thread(self, what: threading.ExceptHookArgs) -> None:
        self._before[1](what)
        name = what.thread.name if what.thread is not None else "unknown"
        lines = traceback.format_exception(what.exc_type, what.exc_value, what.exc_traceback)
        short = f"{what.exc_type.__name__}: {what.exc_value} (the thread “{name}” ended)"
        self._happened.emit(short, "".join(lines))

    @Slot(str, str)
    def _on_fault(self, short: str, details: str) -> None:
        if details in self._told:  # a view that cannot be painted would tell so at each frame
            return
        self._told.add(details)
        self._tell(f"A fault in relayviz itself: {short}. {self._keep(details)}", Level.ERROR)

    def _keep(self, details: str) -> str:
        """Add the details to the file; return where they are, or why not."""
        try:
            kept = self._path.read_text("utf-8") if self._path.exists() else ""
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text((kept + details)[-KEPT:], "utf-8")
        except (OSError, ValueError) as error:
            return f"The details are on standard error only ({error})."
        return f"Save your work; the details, for a report, are in {self._path}."
