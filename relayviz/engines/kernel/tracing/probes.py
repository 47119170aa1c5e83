"""The probes that have a kernel print each call of relay_switch_subbuf, and what it returned.

They are of the kernel's own tracefs: no module and no compiler is needed. Every event that finds no
room, and every flush, calls that function, so each refused event is printed, with its time and the
process that wrote it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relayviz.engines.kernel.types.layout import Layout

CALLED, RETURNED = "relay_called", "relay_returned"
FUNCTION = "relay_switch_subbuf"
FOLDER = "/sys/kernel/tracing"

_OF_BUFFER = (
    ("chan", "chan", "x64"),
    ("cpu", "cpu", "u32"),
    ("offset", "offset", "u64"),
    ("produced", "subbufs_produced", "u64"),
    ("consumed", "subbufs_consumed", "u64"),
)


def probes_of(layout: Layout) -> tuple[str, str]:
    """Return the two lines for kprobe_events of a kernel with these structures (x86-64)."""
    buffer, channel = layout.structs["rchan_buf"], layout.structs["rchan"]
    fields = [
        f"{name}=+{buffer.fields[path].offset}(%di):{kind}" for name, path, kind in _OF_BUFFER
    ]
    owner = f"+{buffer.fields['chan'].offset}(%di)"
    for name in ("subbuf_size", "n_subbufs"):
        fields.append(f"{name}=+{channel.fields[name].offset}({owner}):u64")  # noqa: PERF401
    entry = f"p:{CALLED} {FUNCTION} {' '.join(fields)} length=%si:u64"
    return entry, f"r:{RETURNED} {FUNCTION} stored=$retval:u64"


def script_of(layout: Layout) -> str:
    """Return a shell script that prints switches until it is ended, and takes its probes back."""
    entry, back = probes_of(layout)
    return f"""#!/bin/sh -e
# Prints each switch of relay's sub-buffers and each refused event until Ctrl-C, as root.
[ -e {FOLDER}/kprobe_events ] || mount -t tracefs nodev {FOLDER}
cd {FOLDER}
mine=instances/relayviz
mkdir "$mine"
end() {{
	trap - EXIT
	kill $! 2>/dev/null || true
	wait
	echo 0 >"$mine/events/kprobes/enable" || true
	rmdir "$mine" || true
	echo '-:{CALLED}' >>kprobe_events
	echo '-:{RETURNED}' >>kprobe_events
}}
echo '{entry}' >>kprobe_events
echo '{back}' >>kprobe_events
trap end EXIT
trap 'exit 0' INT TERM HUP PIPE
echo 1 >"$mine/events/kprobes/{CALLED}/enable"
echo 1 >"$mine/events/kprobes/{RETURNED}/enable"
cat "$mine/trace_pipe" &
wait
"""
