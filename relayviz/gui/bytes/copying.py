"""Bytes as text for the clipboard."""

from __future__ import annotations

from enum import StrEnum

C_WIDTH = 12
FIRST_PRINTED, LAST_PRINTED = 0x20, 0x7E


class Form(StrEnum):
    """How bytes are copied."""

    HEX = "hex"
    TEXT = "text"
    C_ARRAY = "C array"


def printable(data: bytes) -> str:
    """Return bytes as ASCII, a dot for each that cannot be printed."""
    return "".join(chr(byte) if FIRST_PRINTED <= byte <= LAST_PRINTED else "." for byte in data)


def c_array(data: bytes, name: str = "data") -> str:
    """Return a C definition of the bytes."""
    lines = [
        "    " + ", ".join(f"0x{byte:02x}" for byte in data[at : at + C_WIDTH]) + ","
        for at in range(0, len(data), C_WIDTH)
    ]
    return "\n".join([f"static const unsigned char {name}[{len(data)}] = {{", *lines, "};", ""])


def as_text(data: bytes, form: Form) -> str:
    """Return bytes in one of the forms."""
    match form:
        case Form.HEX:
            return data.hex(" ")
        case Form.TEXT:
            return printable(data)
        case Form.C_ARRAY:
            return c_array(data)
