"""The dock Findings: what can be said of a live channel, in plain sentences."""

from relayviz.gui.findings.card import Card
from relayviz.gui.findings.panel import FindingsPanel

__all__ = ["Card", "FindingsPanel"]
