"""Looking for a schedule with several who share the work: processes here, or other machines."""
