"""The audit of the data before any search: what would make its scores too good to be true."""

from sela.problem.audit.audit import NONE, Audit, audit

__all__ = ["NONE", "Audit", "audit"]
