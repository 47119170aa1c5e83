"""The bars above the docks: operations, live controls, tabs with their history."""
