"""What-if in the window: the menu of a step, and undo and redo."""
