"""Kernels to boot: Debian's packages unpacked, our module for them, a root folder.

Nothing is installed on this machine; all lies in build/kernel. Needs apt (for the packages), gcc,
make, cpio and busybox-static.
"""

from __future__ import annotations

import gzip
import lzma
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "kernel"
#: what a guest needs beside what its kernel has built in, in any order
MODULES = ("virtio_pci", "9pnet_virtio", "9p", "qemu_fw_cfg", "null_blk", "virtio_console")
#: the newest packages of these series are taken
SERIES = {
    "6.1": r"linux-image-(6\.1\.\d+-\d+-amd64)$",
    "6.12": r"linux-image-(6\.12\.\d+\+deb12-amd64)$",
}


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command; its output, or an error that shows it."""
    done = subprocess.run(  # noqa: S603 - a list, no shell
        command, cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = " ".join(map(str, command))
        raise SystemExit(f"{words}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


@dataclass(frozen=True)
class Kernel:
    """One unpacked kernel."""

    series: str
    #: "6.1.0-56-amd64"
    abi: str

    @property
    def folder(self) -> Path:
        """Where its packages are unpacked."""
        return BUILD / self.series

    @property
    def image(self) -> Path:
        """What is booted."""
        return self.folder / "boot" / f"vmlinuz-{self.abi}"

    @property
    def initrd(self) -> Path:
        """The packed root folder."""
        return BUILD / f"{self.series}.gz"

    @property
    def modules(self) -> Path:
        """The kernel's own modules."""
        return next(self.folder.glob(f"**/lib/modules/{self.abi}/kernel"))


def newest(series: str) -> str:
    """The name of the newest kernel of a series that apt knows."""
    names = run("apt-cache", "pkgnames", "linux-image-").split()
    found = [m[1] for name in names if (m := re.match(SERIES[series], name))]
    if not found:
        raise SystemExit(f"apt knows no kernel of the series {series}: run apt-get update")
    return max(found, key=lambda abi: [int(part) for part in re.findall(r"\d+", abi)])


def unpack(series: str) -> Kernel:
    """Fetch a kernel, its headers and what builds modules for it, and unpack them."""
    kernel = Kernel(series, newest(series))
    done = kernel.folder / f"{kernel.abi}.unpacked"
    if done.exists():
        return kernel
    shutil.rmtree(kernel.folder, ignore_errors=True)
    kernel.folder.mkdir(parents=True)
    base = kernel.abi.removesuffix("-amd64")
    kbuild = "linux-kbuild-6.1" if series == "6.1" else f"linux-kbuild-{base}"
    packages = [f"linux-image-{kernel.abi}", f"linux-headers-{kernel.abi}",
                f"linux-headers-{base}-common", kbuild, "blktrace"]  # fmt: skip
    run("apt-get", "-o", "APT::Sandbox::User=root", "download", *packages, cwd=kernel.folder)
    for package in kernel.folder.glob("*.deb"):
        run("dpkg-deb", "-x", package, kernel.folder)
        package.unlink()
    # the headers name their place on an installed system
    makefile = kernel.folder / f"usr/src/linux-headers-{kernel.abi}/Makefile"
    makefile.write_text(makefile.read_text().replace("/usr/src/", f"{kernel.folder}/usr/src/"))
    done.touch()
    return kernel


def build_module(kernel: Kernel) -> Path:
    """Our module for a kernel."""
    folder = BUILD / f"module-{kernel.series}"
    folder.mkdir(exist_ok=True)
    shutil.copy(HERE / "guest" / "relay_truth.c", folder)
    (folder / "Makefile").write_text("obj-m := relay_truth.o\n")
    headers = kernel.folder / f"usr/src/linux-headers-{kernel.abi}"
    run("make", "-s", "-C", headers, f"M={folder}", "CONFIG_DEBUG_INFO_BTF_MODULES=", "modules")
    return folder / "relay_truth.ko"


def contents(module: Path) -> bytes:
    """A module's file, unpacked."""
    packed = module.read_bytes()
    return lzma.decompress(packed) if module.suffix == ".xz" else packed


def needed(kernel: Kernel, names: tuple[str, ...]) -> list[Path]:
    """The modules of these names and those they depend on, in the order in which they load."""
    order: list[Path] = []

    def add(name: str) -> None:
        pattern = re.sub("[-_]", "[-_]", name)
        path = next(kernel.modules.rglob(f"{pattern}.ko*"), None)
        if path is None or path in order:
            return  # built in
        said = re.search(rb"\0depends=([^\0]*)\0", contents(path))
        for depends in said[1].decode().split(",") if said and said[1] else ():
            add(depends)
        order.append(path)

    for name in names:
        add(name)
    return order


def copy_program(program: Path, root: Path) -> None:
    """A program and the libraries that it loads."""
    (root / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(program, root / "bin" / program.name)
    for library in re.findall(r"(/[^\s]+\.so[^\s]*)", run("ldd", program)):
        (root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, root / library[1:])


def pack(kernel: Kernel, module: Path, agent: Path) -> None:
    """The root folder of a guest as an initrd."""
    root = BUILD / f"root-{kernel.series}"
    shutil.rmtree(root, ignore_errors=True)
    for name in ("bin", "proc", "sys", "dev", "share", "tmp", "modules"):
        (root / name).mkdir(parents=True)
    shutil.copy(shutil.which("busybox") or "/bin/busybox", root / "bin" / "busybox")
    shutil.copy(agent, root / "bin" / "relay-agent")
    copy_program(kernel.folder / "usr/sbin/blktrace", root)
    order = []
    for path in [*needed(kernel, MODULES), module]:
        name = path.name.partition(".")[0]
        (root / "modules" / f"{name}.ko").write_bytes(contents(path))
        order.append(name)
    # the block device is loaded by the job that wants one
    (root / "modules" / "order").write_text("\n".join(n for n in order if n != "null_blk"))
    shutil.copy(HERE / "guest" / "init", root / "init")
    (root / "init").chmod(0o755)
    names = "\n".join(str(p.relative_to(root)) for p in sorted(root.rglob("*")))
    packed = subprocess.run(
        ["cpio", "-o", "-H", "newc", "--quiet"],  # noqa: S607 - as the person's path finds it
        cwd=root,
        check=True,
        input=names.encode(),
        capture_output=True,
    ).stdout
    kernel.initrd.write_bytes(gzip.compress(packed, 1))


def prepare(series: str, agent: Path) -> Kernel:
    """A kernel that can be booted."""
    kernel = unpack(series)
    pack(kernel, build_module(kernel), agent)
    return kernel
