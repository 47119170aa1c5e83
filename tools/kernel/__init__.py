"""Real kernels in QEMU: every reader of their memory beside what they say. `make kernel`."""
