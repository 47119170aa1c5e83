"""The window's frame: application, main window, menus, docks and how they share the space."""
