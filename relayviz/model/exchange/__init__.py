"""What is handed on to other programs: timelines and tables, and the files that these read."""
