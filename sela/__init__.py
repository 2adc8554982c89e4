"""The engine: problem, insights, search, experiments, evaluation, storage. No MCP, no Jupyter."""
