"""The Why dock: a figure, byte, gap or event explains itself, at the step shown."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl, Slot
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

from relayviz.gui.look.roles import Role
from relayviz.gui.look.theme import current
from relayviz.gui.why.enough import EnoughSearch
from relayviz.gui.widgets.catching_up import CatchingUp
from relayviz.gui.widgets.exported import Picture
from relayviz.gui.widgets.panel import Panel
from relayviz.model.numbers import grouped
from relayviz.model.sentence import as_sentence
from relayviz.model.why.explainer import Explainer

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.why.why import Subject, Why

EMPTY = (
    "Ask why: put the cursor to a figure, a sub-buffer, a byte or an event and press ?, or choose"
    " it from the menu of the right button."
)
NOT_YET = "What was asked about is not there at this step."
STEP = "step"
DOCUMENT = "docs/relay-semantics.md"


class WhyPanel(Panel):
    """Shows formula, steps and rule; it stays with its subject while steps go by."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.asked: Subject | None = None
        self.answer: Why | None = None
        self._explainer: Explainer | None = None
        self._explained: object = None
        self._enough = EnoughSearch(self)
        self._enough.changed.connect(self._write)
        self._catching_up = CatchingUp(self, self._go_on, self.set_detail)
        self.text = QTextBrowser(self)
        self.text.setOpenLinks(False)
        self.text.setAccessibleName("Why it is so")
        self.text.anchorClicked.connect(self._follow)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text)
        self.setFocusProxy(self.text)
        controller.why_asked.connect(self.ask)

    @Slot(object)
    def ask(self, subject: Subject) -> None:
        """Explain something from now on."""
        self.asked = subject
        self._explain(self.controller.snapshot)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Explain it at another step."""
        source = self.controller.recorded
        if source is not self._explained:
            self._explained, self.asked = source, None
            self._explainer = None if source is None else Explainer(source.ledger)
        self._explain(snapshot)

    def apply_theme(self, shown: Theme) -> None:
        """Take over fonts and colours."""
        self.text.setFont(shown.font())
        self._write()

    def picture(self) -> Picture:
        """Return the answer."""
        return Picture(said=self.text.toPlainText().splitlines())

    @Slot()
    def _go_on(self) -> None:
        self._explain(self.controller.snapshot)

    def _explain(self, snapshot: Snapshot | None) -> None:
        source = self.controller.recorded
        self.answer = None
        if snapshot is not None and source is not None and self.asked is not None:
            if self._explainer is None or source is not self._explained:
                self._explained, self._explainer = source, Explainer(source.ledger)
            if not self._catching_up.has_all(source.ledger, source.history, snapshot.branch):
                return
            self.answer = self._explainer.explain(source.history, snapshot, self.asked)
        self._ask_enough(snapshot)
        self._write()

    def _ask_enough(self, snapshot: Snapshot | None) -> None:
        """Have it looked up how many sub-buffers would have saved an event, if that can be."""
        event = None if self.answer is None else self.answer.crowded_out
        engine = self.controller.stepped
        if event is None or engine is None or snapshot is None:
            self._enough.ask(None)
        else:
            self._enough.ask((engine, snapshot.branch, snapshot.step, event))

    @Slot()
    def _write(self) -> None:
        self.set_detail("" if self.answer is None else self.answer.title)
        if self.answer is not None:
            self.text.setHtml(as_html(self.answer, current(), self._enough.told))
        else:  # plain, and grey: nobody has asked, or there is nothing to say
            words = EMPTY if self.asked is None else NOT_YET
            colour = current()[Role.TEXT_DIM].name()
            self.text.setHtml(f'<p style="color:{colour}">{escape(words)}</p>')

    @Slot(QUrl)
    def _follow(self, link: QUrl) -> None:
        if link.scheme() == STEP:
            self.controller.seek(int(link.path()))


def as_html(why: Why, theme: Theme, enough: str = "") -> str:
    """Return an answer as rich text; steps are links.

    Args:
        why: The answer.
        theme: Has the colours.
        enough: How many sub-buffers would have saved it; empty: that is not told.
    """
    dim, accent = theme[Role.TEXT_DIM].name(), theme[Role.ACCENT].name()
    parts = [f"<p><b>{escape(why.title)}</b></p>"]
    if why.formulas:
        lines = "<br>".join(escape(formula.text()) for formula in why.formulas)
        family = theme.mono().family()
        parts.append(f"<p style=\"font-family:'{family}'\">{lines}</p>")
    for cause in why.causes:
        link = (
            f'<a href="{STEP}:{cause.step}" style="color:{accent}">step {grouped(cause.step)}</a>'
        )
        parts.append(f"<p>{escape(cause.lead)} {link}: {escape(cause.words)}</p>")
    if not why.causes:
        since = "it was taken over" if why.counted else "the buffer was made"
        parts.append(f"<p>Nothing has changed it since {since}.</p>")
    if why.counted:
        parts.append(f"<p>{escape(as_sentence(why.counted))}</p>")
    parts.append(f"<p>{escape(why.rule.words)}</p>")
    if why.helps:
        parts.append(f"<p><b>What would have saved it:</b> {escape(why.helps)}</p>")
    if enough:
        parts.append(f"<p>{escape(enough)}</p>")
    source = f"{DOCUMENT}, “{why.rule.section}”"
    parts.append(f'<p style="color:{dim}">{escape(source)}</p>')
    return "".join(parts)
