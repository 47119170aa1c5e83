"""Where a kernel's variables and functions are: in its memory, or in a file beside it."""
