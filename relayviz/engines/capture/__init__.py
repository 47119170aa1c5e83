"""Files that consumers of relay wrote, opened: recognised by content, indexed, put in order."""
