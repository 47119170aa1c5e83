"""How relay-agent is started: here, or on another machine through the person's own ssh."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

from relayviz.engines.kernel.fault import AgentError

NAME = "relay-agent"

_HOST = re.compile(r"[^-\s]\S*")


def local(hz: float, agent: Path | None = None, options: tuple[str, ...] = ()) -> list[str]:
    """Return the command that streams this machine's channels.

    Args:
        hz: Frames a second.
        agent: The program; None: the one that is installed with relayviz.
        options: Of the agent, such as --kcore FILE.

    Raises:
        AgentError: There is none.
    """
    beside = Path(sys.executable).with_name(NAME)
    found = agent or (beside if beside.exists() else None) or shutil.which(NAME)
    if found is None:
        raise AgentError(f"{NAME} is not installed here: install relayviz anew.")
    return [str(found), *options, "stream", f"{hz:g}"]


def over_ssh(hz: float, host: str, agent: str = NAME) -> list[str]:
    """Return the command that streams another machine's channels.

    ssh takes what it needs from the person's own configuration. Neither host nor path can become
    one of its options, or a second command of the shell there.

    Args:
        hz: Frames a second.
        host: As ssh takes it: HOST, USER@HOST, an alias of its configuration, ssh://….
        agent: The program there: a path, or a name that its shell finds.

    Raises:
        AgentError: That is no host, or ssh is not here.
    """
    if not _HOST.fullmatch(host) or not host.isprintable():
        raise AgentError(f"{host!r} is no host. Give HOST or USER@HOST, as to ssh.")
    ssh = shutil.which("ssh")
    if ssh is None:
        raise AgentError("ssh is not installed here. Debian: apt-get install openssh-client")
    return [ssh, "-T", "--", host, shlex.join([agent, "stream", f"{hz:g}"])]
