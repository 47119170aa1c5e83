"""What the window works on, without a widget: tabs, selection, commands and notes."""
