"""What a channel's story consists of: operations, results, history, snapshots. No Qt, no relay."""
