"""Menu Consumer: what who reads the files does."""

from __future__ import annotations

from relayviz.gui.actions.action import Action, Bar, Menu
from relayviz.gui.actions.what import ask, on, tip
from relayviz.gui.actions.when import has_channel
from relayviz.gui.desk import commands
from relayviz.model.channel.operation import Kind

_op = commands.on_cpu

CONSUMER = (
    Action(
        "op.read",
        "&Read",
        tip(Kind.READ, "As many bytes as the toolbar says."),
        Menu.CONSUMER,
        on(_op(Kind.READ)),
        ("D",),
        "read",
        Bar.READER,
        when=has_channel,
    ),
    Action(
        "op.consume",
        "&Consume",
        tip(Kind.CONSUME),
        Menu.CONSUMER,
        on(_op(Kind.CONSUME)),
        ("K",),
        "consume",
        Bar.READER,
        when=has_channel,
    ),
    Action(
        "op.consume-count",
        "Consume se&veral…",
        "Say how many sub-buffers were consumed.",
        Menu.CONSUMER,
        ask("consume"),
        ("Shift+K",),
        when=has_channel,
    ),
    Action(
        "op.poll",
        "&Poll",
        tip(Kind.POLL),
        Menu.CONSUMER,
        on(_op(Kind.POLL)),
        ("P",),
        when=has_channel,
    ),
    Action(
        "op.splice",
        "&Splice",
        tip(Kind.SPLICE, "As many bytes as the toolbar says."),
        Menu.CONSUMER,
        on(_op(Kind.SPLICE)),
        ("L",),
        when=has_channel,
    ),
    Action(
        "op.mmap",
        "&Map (mmap)",
        tip(Kind.MMAP),
        Menu.CONSUMER,
        on(_op(Kind.MMAP)),
        ("M",),
        "map",
        Bar.READER,
        button="mmap",
        when=has_channel,
        separated=True,
    ),
    Action(
        "op.unmap",
        "&Unmap",
        tip(Kind.UNMAP),
        Menu.CONSUMER,
        on(_op(Kind.UNMAP)),
        ("U",),
        when=has_channel,
    ),
    Action(
        "op.open-file",
        "&Open file",
        tip(Kind.OPEN_FILE, "There can be several."),
        Menu.CONSUMER,
        on(_op(Kind.OPEN_FILE, "r")),
        ("Shift+O",),
        when=has_channel,
        separated=True,
    ),
    Action(
        "op.open-file-rw",
        "Open file for reading and writin&g",
        "Open the file of the CPU's buffer with O_RDWR; such a one can be mapped writable.",
        Menu.CONSUMER,
        on(_op(Kind.OPEN_FILE, "rw")),
        ("Alt+O",),
        when=has_channel,
    ),
    Action(
        "op.close-file",
        "C&lose file",
        tip(Kind.CLOSE_FILE, "The lowest one of the CPU."),
        Menu.CONSUMER,
        on(_op(Kind.CLOSE_FILE)),
        ("Shift+D",),
        when=has_channel,
    ),
)
