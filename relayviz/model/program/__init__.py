"""Sessions as programs in C and Python."""
