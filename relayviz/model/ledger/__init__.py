"""What a history says of events: their fates, places and marks, what readers got; filled once."""
