"""The command `relayviz capture`: what files of relay's users hold, and what is missing in them."""
