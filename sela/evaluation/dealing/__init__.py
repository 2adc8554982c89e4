"""Dealing: which rows are sealed, which are fitted on, which are scored; by what the data is."""

from sela.evaluation.dealing.deal import deal, fresh_folds
from sela.evaluation.dealing.packing import splits_from_bytes, splits_to_bytes

__all__ = ["deal", "fresh_folds", "splits_from_bytes", "splits_to_bytes"]
