"""A capture handed on: as plain values, a table, a timeline, one file of records."""
