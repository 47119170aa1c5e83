"""The dumps of real kernels beside this file: unpacked, opened, and the truth about each."""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relayviz.engines.kernel.memory.image import Blob
from relayviz.engines.kernel.memory.opening import physical_of
from relayviz.engines.kernel.opening import kernel_of

if TYPE_CHECKING:
    from relayviz.engines.kernel.kernel import Kernel

FOLDER = Path(__file__).parent / "dumps"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "kernel-dumps"
"""The whole of them, where it lies beside the checkout."""

FIVE, FIVE_612 = "v61-five-channels", "v612-five-channels-small"
CRASH, BLKTRACE = "v61-kdump-crash", "v61-blktrace-dropping"
MID_SWITCH = ("v61-mid-switch-1", "v61-mid-switch-2")


@dataclass(frozen=True)
class Dump:
    """A dump: its folder's name."""

    name: str

    @property
    def types(self) -> Path:
        return FOLDER / ("types-6.12.btf" if "v612" in self.name else "types-6.1.btf")

    @property
    def symbols(self) -> Path:
        return FOLDER / self.name / "symbols.json"

    @property
    def truth(self) -> dict[str, Any]:
        found = json.loads((FOLDER / self.name / "truth.json").read_text(encoding="utf-8"))
        assert isinstance(found, dict)
        return found

    @property
    def core(self) -> bytes:
        return unpacked(FOLDER / self.name / "core.elf.xz")

    def written(self, folder: Path) -> Path:
        """The core as a file."""
        path = folder / f"{self.name}.elf"
        path.write_bytes(self.core)
        return path

    def open(self, core: bytes | None = None) -> Kernel:
        """Its kernel; `core`: other bytes instead of its own."""
        image = Blob(self.core if core is None else core)
        return kernel_of(physical_of(image), self.types, self.symbols)


@cache
def unpacked(path: Path) -> bytes:
    return lzma.decompress(path.read_bytes())
