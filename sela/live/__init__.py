"""A search that lives: preparing a problem, running rollouts, finishing with an honest number."""
