"""A relay channel in plain Python, written from the prose description alone.

It offers the part of `relayviz.relay` that the replayer and the state machine use, under the same
names, so that either can be put in the other's place. It is made to be read, not to be fast, and
knows one thread only (pollers apart).
"""

from tests.reference.buffer import Buffer
from tests.reference.channel import (
    CHANNEL_VERSION,
    MAX_SUBBUFS,
    NO_OVERWRITE,
    OVERWRITE,
    Callbacks,
    Channel,
    IsGlobal,
    Policy,
)
from tests.reference.errors import (
    CallbacksError,
    ClosedError,
    CpuError,
    CreateFileError,
    ExistsError,
    RelayError,
    ReserveError,
    SizeError,
)
from tests.reference.files import Directory, Entry, RelayFile, create_file, remove_file

__all__ = [
    "CHANNEL_VERSION",
    "MAX_SUBBUFS",
    "NO_OVERWRITE",
    "OVERWRITE",
    "Buffer",
    "Callbacks",
    "CallbacksError",
    "Channel",
    "ClosedError",
    "CpuError",
    "CreateFileError",
    "Directory",
    "Entry",
    "ExistsError",
    "IsGlobal",
    "Policy",
    "RelayError",
    "RelayFile",
    "ReserveError",
    "SizeError",
    "create_file",
    "remove_file",
]
