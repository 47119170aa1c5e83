"""What a running channel tells: rates, totals, and its events found again in the bytes."""
