"""What can go wrong on the channel's side, under the names that relayviz.relay uses."""

import errno as numbers


class RelayError(Exception):
    """Any failure on the channel's side; `errno` is the number the kernel would give."""

    errno = numbers.EINVAL

    def __init__(self, message: str, errno: int | None = None) -> None:
        super().__init__(message)
        if errno is not None:
            self.errno = errno


class SizeError(RelayError):
    """A size or count is 0, too large, or their product does not fit 32 bits."""


class CallbacksError(RelayError):
    """There is no callback table, or one without create_buf_file or remove_buf_file."""


class CreateFileError(RelayError):
    """create_buf_file made no file."""


class CpuError(RelayError):
    """The CPU is not a possible one, or has no buffer to write to."""


class ClosedError(RelayError):
    """The channel is closed."""


class ExistsError(RelayError, FileExistsError):
    """The channel has its name already."""

    errno = numbers.EEXIST


class ReserveError(RelayError):
    """subbuf_start asked for a header that leaves no room in the sub-buffer."""
