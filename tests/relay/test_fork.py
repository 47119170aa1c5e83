"""A fork shares the buffers; what its end takes away is the child's alone."""

from __future__ import annotations

import subprocess
import sys

CHILD_ENDS = """
import os, sys
from relayviz import relay
with relay.Channel("cpu", subbuf_size=64, n_subbufs=4, cpus=1) as channel:
    for _ in range(5):
        channel.write(b"0123456789")
    if os.fork() == 0:
        sys.exit(0)
    _, status = os.wait()
    print(status, channel.buffers[0].account.unread, channel.write(b"more"))
    with channel.open_file(0) as file:
        print(file.read(100))
"""


def test_the_end_of_a_child_leaves_the_parent_its_events() -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", CHILD_ENDS],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == [
        "0 Count(events=5, bytes=50) True",
        str(b"0123456789" * 5 + b"more"),
    ]
