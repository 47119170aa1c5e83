"""The engine of the window for channels of other processes: found, looked at, taken along."""
