"""File → Export: the view in a dock as PNG, SVG or CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from relayviz.gui.asking import dialog_to_save
from relayviz.gui.exports.offscreen import png_bytes
from relayviz.gui.exports.sheet import Sheet
from relayviz.gui.exports.table_file import TableExport
from relayviz.gui.look import theme as themes
from relayviz.gui.notice import Level
from relayviz.gui.saving import save
from relayviz.model.files import write
from relayviz.model.inside.acting import going

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.widgets.panel import Panel

PNG = {
    "PNG, as large as on screen (*.png)": 1,
    "PNG, twice as large (*.png)": 2,
    "PNG, three times as large (*.png)": 3,
}
SVG, CSV = "SVG (*.svg)", "CSV, the figures (*.csv)"
LARGEST = 30_000  # pixels of a side: more no program reads


class ViewExport(QObject):
    """Asks for a file and writes a view to it; tells how that ended.

    Args:
        controller: What is shown, and whom to tell.
        window: Over which it is asked.
    """

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._window = controller, window

    def ask(self, title: str, panel: Panel, ended: Callable[[], None]) -> None:
        """Ask where to write a view, and as what.

        Args:
            title: Of its dock.
            panel: The view.
            ended: To be called when it was drawn, or nothing was chosen.
        """
        forms = [*PNG, SVG]
        if panel.exported_rows(most=0) is not None:
            forms.append(CSV)
        dialog = dialog_to_save(self._window, f"Export {title}", _file_name(title), forms, "png")
        dialog.filterSelected.connect(lambda form: dialog.setDefaultSuffix(_suffix(form)))

        def chosen(name: str) -> None:
            self.write(title, panel, Path(name), PNG.get(dialog.selectedNameFilter(), 1))

        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(lambda _how: QTimer.singleShot(0, self, ended))
        dialog.open()

    def write(self, title: str, panel: Panel, path: Path, scale: int = 1) -> None:
        """Write a view as what the name's ending says.

        Args:
            title: Of its dock.
            panel: The view.
            path: The file.
            scale: How many times as large as on screen a PNG is.
        """
        match path.suffix.lower():
            case ".csv":
                self._write_table(title, panel, path)
            case ".png":
                self._write_png(self._sheet(title, panel), path, scale)
            case ".svg":
                content = self._sheet(title, panel).svg().encode()
                self._save(path, lambda: write(path, content))
            case _:
                self._fail(f"{path.name} was not written: end the name in .png, .svg or .csv.")

    def _sheet(self, title: str, panel: Panel) -> Sheet:
        controller = self._controller
        tab, snapshot = controller.tab, controller.snapshot
        heading = f"{title} · {tab.title}" if tab is not None else title
        when = ""
        if snapshot is not None and snapshot.live is not None:
            kind = "live" if snapshot.foreign is None else "recorded"
            when = f"{kind}, after {snapshot.live.seconds:.1f} s"
        elif snapshot is not None and going(controller.shown) is not None:
            when = f"step {snapshot.step} of {snapshot.last_step}"
        parts = (when, "" if when and panel.detail.startswith(when) else panel.detail)
        detail = " · ".join(part for part in parts if part)
        return Sheet(heading, detail, panel.picture(), themes.current())

    def _write_png(self, sheet: Sheet, path: Path, scale: int) -> None:
        if max(sheet.size.width(), sheet.size.height()) * scale > LARGEST:
            self._fail(f"{path.name} was not written: it is too large as a PNG. SVG has no limit.")
            return
        image = sheet.image(scale)
        self._save(path, lambda: write(path, png_bytes(image)))

    def _save(self, path: Path, work: Callable[[], None]) -> None:
        def told(problem: str) -> None:
            if problem:
                self._fail(problem)
            else:
                self._controller.notify(f"Wrote {path}.")

        save(path, work, told, self)

    def _write_table(self, title: str, panel: Panel, path: Path) -> None:
        rows = panel.exported_rows()
        if rows is None:
            self._fail(f"{path.name} was not written: {title} has no table. PNG and SVG show it.")
            return
        export = TableExport(rows, path, "row", self._window)
        export.finished.connect(self._controller.notify)
        export.failed.connect(self._fail)
        for ended in (export.finished, export.failed):
            ended.connect(export.deleteLater)
        export.start()

    def _fail(self, words: str) -> None:
        self._controller.notify(words, Level.ERROR)


def _file_name(title: str) -> str:
    return title.casefold().replace(" ", "-")


def _suffix(form: str) -> str:
    return {SVG: "svg", CSV: "csv"}.get(form, "png")
