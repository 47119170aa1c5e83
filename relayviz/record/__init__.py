"""The command `relayviz record`: what a channel looks like over time goes to a file."""
