"""A live kernel, seen by relay-agent: on this machine, or on another over ssh."""
