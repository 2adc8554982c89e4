"""What a user leaves with: the exported folder, its replay, predictions from it."""
