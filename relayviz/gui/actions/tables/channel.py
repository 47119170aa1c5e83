"""Menu Channel: what a relay client does."""

from __future__ import annotations

from relayviz.gui.actions.action import Action, Bar, Menu
from relayviz.gui.actions.what import ask, on, tip
from relayviz.gui.actions.when import has_channel, has_reserved, in_mode, is_nameless, is_open
from relayviz.gui.desk import commands
from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import Kind
from relayviz.model.engine.protocol import Can


def _mode(mode: Mode, title: str, key: str) -> Action:
    return Action(
        f"mode.{mode}",
        title,
        f"From now on subbuf_start does as the mode “{mode}” says.",
        Menu.CHANNEL,
        on(commands.set_mode(mode)),
        keys=(key,),
        when=is_open,
        checked=in_mode(mode),
        separated=mode is Mode.NO_OVERWRITE,
        needs=(Can.STEP, Can.RUN),  # also while it runs
    )


_op = commands.on_cpu

CHANNEL = (
    Action(
        "op.write",
        "&Write",
        tip(Kind.WRITE, "As many bytes as the toolbar says."),
        Menu.CHANNEL,
        on(_op(Kind.WRITE)),
        ("W",),
        "write",
        Bar.WRITER,
        when=has_channel,
    ),
    Action(
        "op.write-text",
        "Write &text…",
        "Type the bytes of an event and write it.",
        Menu.CHANNEL,
        ask("text"),
        ("Shift+W",),
        when=has_channel,
    ),
    Action(
        "op.write-times",
        "Write many times…",
        "Say how many times the toolbar’s bytes are written; it can be stopped.",
        Menu.CHANNEL,
        ask("times"),
        ("Ctrl+Shift+T",),
        when=has_channel,
    ),
    Action(
        "op.write-bytes",
        "Write bytes in hex…",
        "Type the bytes of an event in hex and write it.",
        Menu.CHANNEL,
        ask("bytes"),
        ("Ctrl+Shift+X",),
        when=has_channel,
    ),
    Action(
        "op.write-nolock",
        "Write without &lock",
        tip(Kind.WRITE_NOLOCK),
        Menu.CHANNEL,
        on(_op(Kind.WRITE_NOLOCK)),
        ("Alt+W",),
        when=has_channel,
    ),
    Action(
        "op.reserve",
        "&Reserve",
        tip(Kind.RESERVE),
        Menu.CHANNEL,
        on(_op(Kind.RESERVE)),
        ("R",),
        "reserve",
        Bar.WRITER,
        when=has_channel,
    ),
    Action(
        "op.fill",
        "F&ill",
        tip(Kind.FILL, "The oldest one of the CPU."),
        Menu.CHANNEL,
        on(_op(Kind.FILL)),
        ("C",),
        "fill",
        Bar.WRITER,
        when=has_reserved,
    ),
    Action(
        "op.fill-text",
        "Fill with te&xt…",
        "Type the bytes for the oldest reserved slot.",
        Menu.CHANNEL,
        ask("fill"),
        ("Shift+C",),
        when=has_reserved,
    ),
    Action(
        "op.switch",
        "&Switch sub-buffer",
        tip(Kind.SWITCH),
        Menu.CHANNEL,
        on(_op(Kind.SWITCH)),
        ("S",),
        when=has_channel,
        separated=True,
    ),
    Action(
        "op.flush",
        "&Flush",
        tip(Kind.FLUSH),
        Menu.CHANNEL,
        on(commands.on_channel(Kind.FLUSH)),
        ("F",),
        "flush",
        Bar.WRITER,
        when=has_channel,
    ),
    Action(
        "op.reset",
        "R&eset",
        tip(Kind.RESET),
        Menu.CHANNEL,
        on(commands.on_channel(Kind.RESET)),
        ("X",),
        "reset",
        Bar.WRITER,
        when=has_channel,
    ),
    _mode(Mode.NO_OVERWRITE, "&No-overwrite", "1"),
    _mode(Mode.OVERWRITE, "O&verwrite", "2"),
    _mode(Mode.DEFAULT, "Kernel’s &default", "3"),
    Action(
        "mode.python",
        "&Python subbuf_start…",
        "Write your own subbuf_start and use it from now on.",
        Menu.CHANNEL,
        lambda shell: shell.ask("python"),
        ("4",),
        when=is_open,
        checked=in_mode(Mode.PYTHON),
    ),
    Action(
        "op.late-setup",
        "Late set-&up of files…",
        tip(Kind.LATE_SETUP),
        Menu.CHANNEL,
        ask("late-setup"),
        ("Shift+L",),
        when=is_nameless,
        separated=True,
    ),
    Action(
        "op.cpu-online",
        "CPU &on or off line",
        tip(Kind.CPU_ONLINE),
        Menu.CHANNEL,
        on(commands.toggle_online),
        ("O",),
        when=is_open,
    ),
    Action(
        "op.close",
        "&Close channel",
        tip(Kind.CLOSE),
        Menu.CHANNEL,
        on(commands.on_channel(Kind.CLOSE)),
        ("Shift+Q",),
        when=is_open,
        separated=True,
    ),
)
