"""Dealing: which rows are sealed, which are fitted on, which are scored; by what the data is."""

from sela.evaluation.dealing.deal import deal, fresh_folds
from sela.evaluation.dealing.packing import splits_from_bytes, splits_to_bytes
from sela.evaluation.dealing.structure import group_codes

__all__ = ["deal", "fresh_folds", "group_codes", "splits_from_bytes", "splits_to_bytes"]
