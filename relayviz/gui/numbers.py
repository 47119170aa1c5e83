"""Figures as people read them."""

from __future__ import annotations

THIN = "\u202f"  # narrow no-break space between thousands


def grouped(number: int) -> str:
    """Return a number with narrow spaces between thousands."""
    return f"{number:,}".replace(",", THIN)


def size(count: int) -> str:
    """Return a number of bytes, exact, and in larger units where it is whole or large."""
    for unit, name, least in ((1 << 30, "GiB", 1), (1 << 20, "MiB", 1), (1 << 10, "KiB", 16)):
        if count >= least * unit and count % unit == 0:
            return f"{grouped(count // unit)} {name}"
    return f"{grouped(count)} B"


def plural(count: int, word: str) -> str:
    """Return a number with its noun: 1 event, 2 events."""
    return f"{grouped(count)} {word}{'' if count == 1 else 's'}"
