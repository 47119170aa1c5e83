"""The bars above the docks: operations, each kind of engine's own, tabs, history, narration."""
