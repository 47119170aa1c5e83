"""Where the fields of a kernel's structures are: BTF, or a list of offsets."""
