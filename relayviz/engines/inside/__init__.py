"""The engine inside operations: actors step the core's real code, from one probe to the next."""
