"""Conformance: replay recordings of a real kernel's relay and compare every observation.

`relayviz conform FILE...` on the command line; `conform` for programs and tests.
"""

from relayviz.conformance.cli import add_parser, run
from relayviz.conformance.conform import conform
from relayviz.conformance.report import Limits, Mismatch, Report

__all__ = ["Limits", "Mismatch", "Report", "add_parser", "conform", "run"]
