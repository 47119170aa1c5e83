"""`relayviz attach DIR|PID`: channels of other processes, running or dead."""

from relayviz.attach.command import add_parser, run

__all__ = ["add_parser", "run"]
