"""The engine of the window that steps actors through the core's code, back and forward."""
