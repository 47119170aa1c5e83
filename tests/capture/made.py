"""Made-up files of each kind, written from what is said of their records, not by a layout."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def blktrace7(number: int, time: int, cpu: int = 0, pdu: int = 0, order: str = "<") -> bytes:
    """A struct blk_io_trace and its payload."""
    head = struct.pack(
        f"{order}IIQQIIIIIHH",
        *(0x65617407, number, time, 8 * number, 4096, 1, 77, 0x800010, cpu, 0, pdu),
    )
    return head + bytes(pdu)


def blktrace8(number: int, time: int, cpu: int = 0, pdu: int = 0, order: str = "<") -> bytes:
    """A struct blk_io_trace2 and its payload."""
    head = struct.pack(
        f"{order}IIQQIIQIIHH12x",
        *(0x65617408, number, time, 8 * number, 4096, 77, 1, 0x800010, cpu, 0, pdu),
    )
    return head + bytes(pdu)


def systemtap(number: int, data: bytes) -> bytes:
    """A message of SystemTap's bulk mode."""
    return b"\xf0\x9f\xa9\xba" + struct.pack("<II", number, len(data)) + data


def ath9k(is_40: bool = False) -> bytes:
    """A sample of ath9k."""
    kind, length = (2, 152) if is_40 else (1, 73)
    return struct.pack(">BH", kind, length) + bytes(length)


def ath10k(bins: int = 64) -> bytes:
    """A sample of ath10k."""
    return struct.pack(">BH", 3, 26 + bins) + bytes(26 + bins)


def ath11k(bins: int = 256, tsf: int = 0) -> bytes:
    """A struct fft_sample_ath11k and its bins."""
    return struct.pack(
        ">BHBbBHHHhIi", 4, 19 + bins, 80, -3, 1, 5180, 0, 900, -40, tsf, -95
    ) + bytes(bins)


def cfr(length: int, timestamp: int = 5) -> bytes:
    """A struct ath11k_csi_cfr_header, a capture and the mark behind it."""
    head = struct.pack("<II4BI", 0xDEADBEAF, 0x8CFDF0, 2, 1, 3, 1, 92)
    meta = bytes(6) + struct.pack(
        "<4B3H4BII", 1, 2, 2, 1, 36, 5180, 0, 1, 2, 3, 4, timestamp, length
    )
    meta += bytes(32 + 16) + struct.pack("<I", 7) + bytes(8) + struct.pack("<I", 9)
    return head + meta + bytes(length) + struct.pack("<I", 0xBEAFDEAD)


def fwlog(data: bytes) -> bytes:
    """A message of mt76's firmware log."""
    return struct.pack("<II", 4 + len(data), 0x44E98CAF) + data


def repeated(make: Callable[[int], bytes], numbers: Iterable[int]) -> bytes:
    """Return records behind one another."""
    return b"".join(make(number) for number in numbers)


#: Of each kind that is found by content: the records of a file, from a number of them.
KINDS: dict[str, Callable[[int], list[bytes]]] = {
    "blktrace 7": lambda n: [blktrace7(i + 1, 100 * i, 0, i % 5 * 8) for i in range(n)],
    "blktrace 7, big endian": lambda n: [
        blktrace7(i + 1, 100 * i, 0, i % 5 * 8, ">") for i in range(n)
    ],
    "blktrace 8": lambda n: [blktrace8(i + 1, 100 * i, 0, i % 5 * 8) for i in range(n)],
    "SystemTap bulk": lambda n: [systemtap(i, b"probe %d\n" % i * (1 + i % 9)) for i in range(n)],
    "ath9k spectral": lambda n: [ath9k(is_40=i % 3 == 0) for i in range(n)],
    "ath10k spectral": lambda n: [ath10k((64, 128, 256)[i % 3]) for i in range(n)],
    "ath11k spectral": lambda n: [ath11k((16, 32, 64, 128, 256, 512)[i % 6]) for i in range(n)],
    "ath11k CFR": lambda n: [cfr(16 * (i % 40)) for i in range(n)],
    "mt76 fwlog": lambda n: [fwlog(b"\x01\x00" + bytes(8 + i % 90)) for i in range(n)],
}
