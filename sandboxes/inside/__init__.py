"""What runs inside a sandbox: the standard library, and nothing of the rest of ours."""
