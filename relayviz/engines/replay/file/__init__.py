"""The file of a recording: chunks that are only added (`chunks`), and frames in them (`frames`)."""
