"""Walls: one file for each way to part a kernel from the rest of the machine."""
