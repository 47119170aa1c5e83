"""relayviz: the Linux kernel's relay channels in user space.

`relayviz.relay` has the channels; `relayviz.cli` is the command line.
"""
