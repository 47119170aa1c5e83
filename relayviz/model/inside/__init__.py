"""Inside an operation: actors with queues, the schedule that was chosen, and what is looked for."""
