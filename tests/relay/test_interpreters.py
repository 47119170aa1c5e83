"""Only the main interpreter has the module; another one that asks for it does no harm."""

from __future__ import annotations

import subprocess
import sys

TWO_INTERPRETERS = """
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
from relayviz import relay
with relay.Channel("cpu", subbuf_size=64, n_subbufs=4, cpus=1) as channel:
    other = interpreters.create()
    asked = '''
try:
    import relayviz.relay
except ImportError as error:
    print(error, flush=True)
'''
    interpreters.run_string(other, asked)
    print(channel.write(b"more"), channel.buffers[0].account.unread.events)
with relay.Channel("cpu", subbuf_size=64, n_subbufs=4, cpus=1) as channel:
    print(channel.write(b"more"), channel.buffers[0].account.unread.events)
"""


def test_another_interpreter_is_refused_and_the_first_goes_on() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", TWO_INTERPRETERS],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stderr == ""
    refusal, *others = ended.stdout.splitlines()
    assert "main interpreter" in refusal
    assert others == ["True 1", "True 1"]
