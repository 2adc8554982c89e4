"""Measurements: the comparison with other systems, and the studies behind the claims."""
