"""Where code runs: kernels, isolation, and the worker that runs inside. Knows nothing of search."""
