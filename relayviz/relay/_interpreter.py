"""Refuses what the native module cannot do: being imported by a sub-interpreter.

Its types belong to the interpreter that imported it; a second import would take them away from the
first one, whose channels would then fail. Imported before the native module for that reason.
"""

from __future__ import annotations

import ctypes


def _is_main() -> bool:
    main, current = (
        ctypes.pythonapi.PyInterpreterState_Main,
        ctypes.pythonapi.PyInterpreterState_Get,
    )
    main.restype = current.restype = ctypes.c_void_p
    found: bool = main() == current()
    return found


if not _is_main():
    raise ImportError(
        "relayviz.relay works in the main interpreter only: import it there, or use a process"
    )
