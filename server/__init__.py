"""The faces: MCP tools, command line, pages. Translates, nothing else."""
