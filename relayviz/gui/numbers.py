"""Figures as people read them; they are the model's, so that findings use the same."""

from __future__ import annotations

from relayviz.model.figures import THIN, grouped, plural, size

__all__ = ["THIN", "grouped", "plural", "size"]
