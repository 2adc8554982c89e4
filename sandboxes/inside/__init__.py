"""What runs inside a sandbox. Imports the standard library only, and nothing of the rest of ours."""
