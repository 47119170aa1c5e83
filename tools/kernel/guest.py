"""A guest under QEMU without hardware support: slow, but it runs everywhere."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

from relayviz.engines.kernel.qemu.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.kernel.kernels import Kernel

MEMORY = 256
CPUS = 4


class Guest:
    """One run of a kernel with a job; files in `share` are seen on both sides."""

    def __init__(self, kernel: Kernel, folder: Path, job: str) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self.share = folder / "share"
        self.share.mkdir(parents=True)
        (self.share / "job.sh").write_text(job)
        self.socket = folder / "qmp"
        self.console = folder / "console"
        self._errors = folder / "errors"
        self._process = subprocess.Popen(  # noqa: S603 - a list, no shell
            list(self._command(kernel)),
            stdin=subprocess.DEVNULL,
            stderr=self._errors.open("w"),
        )

    def _command(self, kernel: Kernel) -> Iterator[str]:
        yield from ("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max,la57=off")
        yield from ("-smp", str(CPUS), "-m", str(MEMORY), "-nodefaults", "-display", "none")
        yield from ("-no-reboot", "-serial", f"file:{self.console}", "-device", "vmcoreinfo")
        yield from ("-qmp", f"unix:{self.socket},server=on,wait=off")
        share = f"local,path={self.share},mount_tag=share,security_model=none"
        yield from ("-virtfs", share, "-kernel", str(kernel.image), "-initrd", str(kernel.initrd))
        yield from ("-append", "console=ttyS0 panic=-1 loglevel=4 mitigations=off no_timer_check")

    def wait(self, name: str, timeout: float = 400) -> None:
        """Until the guest made a file of that name in the shared folder."""
        end = time.monotonic() + timeout
        while not (self.share / name).exists():
            if self._process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"the guest did not come to {name}:\n{self.said()}")
            time.sleep(0.1)

    def tell(self, name: str) -> None:
        """Make a file that the guest waits for."""
        (self.share / name).touch()

    def said(self) -> str:
        """The end of its console."""
        console = self.console.read_text(errors="replace") if self.console.exists() else ""
        return console[-3000:] + self._errors.read_text()[-1000:]

    def dump(self, to: Path) -> None:
        """Its memory as an ELF core."""
        to.unlink(missing_ok=True)
        with closing(Machine(self.socket)) as machine:
            machine.ask("dump-guest-memory", paging=False, protocol=f"file:{to}")

    def end(self) -> None:
        """Wait until it has switched itself off; kill it if it does not."""
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
