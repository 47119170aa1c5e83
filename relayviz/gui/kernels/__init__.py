"""Opening a real kernel's channels: which kernel, which of its channels."""

from relayviz.gui.kernels.kernels import Kernels

__all__ = ["Kernels"]
