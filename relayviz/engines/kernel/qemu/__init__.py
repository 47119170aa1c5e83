"""A guest under QEMU, looked at from outside through its machine protocol."""
