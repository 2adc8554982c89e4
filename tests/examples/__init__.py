"""Each example runs."""
