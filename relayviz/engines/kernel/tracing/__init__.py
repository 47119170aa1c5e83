"""A kernel's own account of relay's switches: probes of tracefs, and what they print."""
