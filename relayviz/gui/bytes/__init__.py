"""The bytes of the selected sub-buffer: hex, text, and which event they belong to."""

from relayviz.gui.bytes.panel import BytesPanel

__all__ = ["BytesPanel"]
