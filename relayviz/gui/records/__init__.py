"""The records of a capture as a table: filtered, sorted, decoded where they are looked at."""

from relayviz.gui.records.panel import RecordsPanel

__all__ = ["RecordsPanel"]
