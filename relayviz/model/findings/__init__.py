"""What is wrong with a channel under load, and what would help: rules over what was measured."""
