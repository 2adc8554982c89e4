"""One configuration becomes one experiment: the fits in the sandbox, scored by the server."""
