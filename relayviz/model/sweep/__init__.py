"""Many channels under many loads: which sizes and modes lose how much."""
