"""The compiled seccomp filters; `python -m sandboxes.isolation.seccomp` makes them anew."""
