"""Giving memory back to the system: what is freed after long use lies between what is not.

The C library keeps a pool for each of many threads; an engine's end when its tab is closed, and
their pools stay full of holes. So there are few pools, and they are emptied of what is free.
"""

from __future__ import annotations

import ctypes
import gc

POOLS = 2
_ARENA_MAX = -8  # M_ARENA_MAX of glibc's mallopt


def use_few_pools() -> None:
    """Have all threads share few pools; before there are many threads."""
    if hasattr(_library, "malloc_trim"):  # as of glibc: others count their options otherwise
        _library.mallopt(_ARENA_MAX, POOLS)


def give_back() -> None:
    """Have what nobody can reach any more go now, and give free memory back where that can be."""
    gc.collect()  # an engine's parts know each other
    if hasattr(_library, "malloc_trim"):
        _library.malloc_trim(0)


_library = ctypes.CDLL(None)
