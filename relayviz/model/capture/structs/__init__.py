"""C structs as layouts of records: read, given a meaning, and how much of a file they fit."""
