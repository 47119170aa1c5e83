"""A kernel's memory: files of several formats, physical pages, and virtual addresses."""
