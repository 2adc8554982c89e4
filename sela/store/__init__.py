"""What survives: searches, rollouts, events and blobs in SQLite."""
