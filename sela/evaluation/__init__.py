"""Honest numbers: splits, scores, comparisons, racing, controls, the final estimate."""
