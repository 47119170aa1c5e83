"""One channel of a kernel as an engine of the window: snapshots of it, and its bytes on demand."""
