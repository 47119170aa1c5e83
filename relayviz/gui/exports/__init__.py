"""Views as files: pictures in any size, drawings, tables."""
