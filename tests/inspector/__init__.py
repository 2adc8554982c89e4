"""The MCP Inspector as a check: `python -m tests.inspector.check`."""
