"""Parts of source that several plays share; in each module they stand written out."""

from __future__ import annotations

SCALED = '''from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, {imports}


def encoded(scaler):
    """Numbers imputed and scaled, categories one-hot with the rare ones merged."""
    numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), scaler)
    levels = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=5, sparse_output=False
    )
    return make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (levels, make_column_selector(dtype_exclude="number")),
    )
'''
"""For models that need complete numbers on one scale. `imports` names the scaler."""

CODED = '''from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder


def coded():
    """Categories as codes; numbers and their gaps as they are."""
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
    )
    return make_column_transformer(
        (codes, make_column_selector(dtype_exclude="number")), remainder="passthrough"
    )
'''
"""For trees that read numbers with gaps."""


def scaled(*scalers: str) -> str:
    """The SCALED block with its imports."""
    return SCALED.replace("{imports}", ", ".join(sorted(scalers)))
