"""Data preprocessing: how categories become numbers."""

from __future__ import annotations

from sela.design.playbook.play import Play, named, narrow, wide
from sela.harness.profile import Profile

ONE_HOT = '''\
"""A column for every level that is not rare; numbers keep their gaps."""
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import OneHotEncoder


def build(profile):
    levels = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=max(3, profile.n_rows // 200),
        sparse_output=False,
    )
    encode = make_column_transformer((levels, profile.categorical), remainder="passthrough")
    return encode.set_output(transform="pandas")
'''

TARGET = '''\
"""Levels replaced by the mean of the target, fitted across folds so that no row sees itself."""
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import TargetEncoder

KINDS = {"binary": "binary", "multiclass": "multiclass", "regression": "continuous"}


def build(profile):
    names = [c.name for c in profile.columns if c.kind == "categorical" and c.unique > 4]
    encoder = TargetEncoder(target_type=KINDS[profile.kind], cv=5, random_state=profile.seed)
    encode = make_column_transformer((encoder, names), remainder="passthrough")
    return encode.set_output(transform="pandas")
'''

COUNTS = '''\
"""How often a level occurs, beside the level itself: rare ones behave alike."""
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class Counts(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        self.counts_ = {name: X[name].value_counts() for name in self.names}
        return self

    def transform(self, X):
        counts = {
            f"{name}_count": X[name].map(counts).astype(float).fillna(0.0)
            for name, counts in self.counts_.items()
        }
        return pd.concat([X, pd.DataFrame(counts, index=X.index)], axis=1)


def build(profile):
    return Counts(profile.names("categorical", "text"))
'''

RARE = '''\
"""Levels that hold less than one row in a hundred become one."""
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class Merged(TransformerMixin, BaseEstimator):
    def __init__(self, names, share=0.01):
        self.names = names
        self.share = share

    def fit(self, X, y=None):
        self.kept_ = {}
        for name in self.names:
            shares = X[name].value_counts(normalize=True)
            self.kept_[name] = sorted(shares.index[shares >= self.share])
        return self

    def transform(self, X):
        X = X.copy()
        for name, kept in self.kept_.items():
            column = X[name].where(X[name].isin(kept) | X[name].isna(), "rare").fillna("missing")
            levels = list(dict.fromkeys([*kept, "rare", "missing"]))
            X[name] = pd.Categorical(column, categories=levels)
        return X


def build(profile):
    return Merged(profile.names("categorical"))
'''

ORDERED = '''\
"""Levels with an order become numbers: poor < good, '<100' < '100<=X<500', A < B < C."""
import re

from sklearn.base import BaseEstimator, TransformerMixin

SCALES = (
    "none po fa ta gd ex",
    "poor|fair|average|good|very good|premium|excellent|ideal",
    "no mn av gd",
    "none unf rfn fin",
    "none unf lwq rec blq alq glq",
    "i1 si2 si1 vs2 vs1 vvs2 vvs1 if",
    "none|very low|low|medium|moderate|high|very high|critical",
    "never|rarely|sometimes|often|usually|always",
    "strongly disagree|disagree|neutral|agree|strongly agree",
    "xs s m l xl xxl",
    "tiny small medium large huge",
    "none primary secondary tertiary",
    "unskilled skilled expert",
    "mon tue wed thu fri sat sun",
    "jan feb mar apr may jun jul aug sep oct nov dec",
)


def ranks(levels):
    """A number for each level, or None when they have no order that one can read."""
    words = {level: level.strip().lower() for level in levels}
    for scale in SCALES:
        steps = scale.split("|" if "|" in scale else " ")
        if len(levels) >= 2 and set(words.values()) <= set(steps):
            return {level: float(steps.index(word)) for level, word in words.items()}
    if len(levels) >= 4 and all(len(word) == 1 and word.isalpha() for word in words.values()):
        return {level: float(ord(word)) for level, word in words.items()}
    starts = {level: re.match(r"[<>=~$ ]*(-?\\d+(\\.\\d+)?)", level) for level in levels}
    found = {level: float(start[1]) for level, start in starts.items() if start}
    if len(levels) >= 3 and len(found) >= 0.7 * len(levels):
        return {level: n - 0.5 * level.startswith("<") for level, n in found.items()}
    return None


class Ordered(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        found = {name: ranks(sorted(X[name].dropna().unique())) for name in self.names}
        self.ranks_ = {name: order for name, order in found.items() if order}
        return self

    def transform(self, X):
        return X.assign(
            **{name: X[name].map(order).astype(float) for name, order in self.ranks_.items()}
        )


def build(profile):
    return Ordered([c.name for c in profile.columns if c.kind == "categorical" and c.unique <= 60])
'''

CODES = '''\
"""Categories as codes in the order of the target's mean: one split then parts high from low."""
from sklearn.base import BaseEstimator, TransformerMixin


class ByMean(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y):
        self.codes_ = {}
        for name in self.names:
            means = X.assign(_y=y).groupby(name)["_y"].agg(["sum", "count"])
            means = (means["sum"] + 10 * y.mean()) / (means["count"] + 10)
            order = means.sort_values().index
            self.codes_[name] = {level: code for code, level in enumerate(order)}
        return self

    def transform(self, X):
        coded = {name: X[name].map(codes).astype(float) for name, codes in self.codes_.items()}
        return X.assign(**coded)


def build(profile):
    most = min(60, profile.n_rows / 20)
    return ByMean([c.name for c in profile.columns if c.kind == "categorical" and c.unique <= most])
'''

PARTS = '''\
"""What strings are made of: their first letters, a title, the number in them, their length."""
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

PATTERNS = {
    "letters": r"^\\s*([A-Za-z]+)",
    "title": r"\\b([A-Z][a-z]+)\\.",
    "last": r"([A-Za-z]+)\\W*$",
}


class Parts(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        self.levels_ = {}
        for name in self.names:
            for part, pattern in PATTERNS.items():
                counts = X[name].str.extract(pattern, expand=False).value_counts()
                levels = counts.index[counts >= 8]
                if 2 <= len(levels) <= 100:
                    self.levels_[name, part] = sorted(levels)
        return self

    def transform(self, X):
        new = {}
        for (name, part), levels in self.levels_.items():
            found = X[name].str.extract(PATTERNS[part], expand=False)
            found = found.where(found.isin(levels) | found.isna(), "other").fillna("none")
            kinds = list(dict.fromkeys([*levels, "other", "none"]))
            new[f"{name}_{part}"] = pd.Categorical(found, categories=kinds)
        for name in self.names:
            new[f"{name}_length"] = X[name].str.len().astype(float)
            digits = X[name].str.extract(r"(\\d+)\\D*$", expand=False)
            new[f"{name}_number"] = pd.to_numeric(digits, errors="coerce")
        return pd.concat([X.drop(columns=self.names), pd.DataFrame(new, index=X.index)], axis=1)


def build(profile):
    strings = [c for c in profile.columns if c.kind in ("categorical", "text")]
    return Parts([c.name for c in strings if c.unique > 40])
'''

UNITS = '''\
"""Numbers read out of strings such as '1,200 km' or '$35', where nearly all carry one."""
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


def read(column):
    """The first number of each string, thousands separators left out."""
    digits = column.str.replace(r"(?<=\\d)[, ](?=\\d{3})", "", regex=True)
    return pd.to_numeric(digits.str.extract(r"(-?\\d+\\.?\\d*)", expand=False), errors="coerce")


class Numbers(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        shares = {name: read(X[name]).notna().sum() / X[name].notna().sum() for name in self.names}
        self.found_ = [name for name, share in shares.items() if share > 0.9]
        return self

    def transform(self, X):
        new = {f"{name}_number": read(X[name]) for name in self.found_}
        return X.assign(**new)


def build(profile):
    return Numbers([c.name for c in profile.columns if c.kind == "categorical" and c.unique > 15])
'''

WORDS = '''\
"""Texts as their main topics: words weighed by rarity, then condensed to a few directions."""
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline


class Topics(TransformerMixin, BaseEstimator):
    def __init__(self, names, seed):
        self.names = names
        self.seed = seed

    def fit(self, X, y=None):
        self.models_ = {}
        for name in self.names:
            words = TfidfVectorizer(min_df=3, max_features=5000, sublinear_tf=True)
            width = len(words.fit(X[name].fillna("")).vocabulary_)
            topics = TruncatedSVD(min(20, width - 1), random_state=self.seed)
            self.models_[name] = make_pipeline(words, topics).fit(X[name].fillna(""))
        return self

    def transform(self, X):
        parts = [X.drop(columns=self.names)]
        for name, model in self.models_.items():
            found = pd.DataFrame(model.transform(X[name].fillna("")), index=X.index)
            found["words"] = X[name].str.count(r"\\S+").astype(float)
            parts.append(found.add_prefix(f"{name}_"))
        return pd.concat(parts, axis=1)


def build(profile):
    return Topics(profile.texts, profile.seed)
'''


def _strings(p: Profile) -> list[str]:
    return [c.name for c in p.columns if c.kind in ("categorical", "text") and c.unique > 40]


CATEGORIES = (
    Play(
        id="dp-one-hot",
        stage="data_preprocessing",
        text="Give every level that is not rare a column of its own.",
        when=lambda p: 0.49 if p.names("categorical") else 0.0,
        code=ONE_HOT,
    ),
    Play(
        id="dp-target-means",
        stage="data_preprocessing",
        text=lambda p: (
            f"Replace levels of {named([c.name for c in wide(p, 4)])} by cross-fitted target means."
        ),
        when=lambda p: 0.0 if not wide(p, 4) or p.n_rows < 300 else 0.57 if wide(p, 15) else 0.52,
        code=TARGET,
    ),
    Play(
        id="dp-level-counts",
        stage="data_preprocessing",
        text=lambda p: (
            f"Add how often each level of {named([c.name for c in wide(p, 12)])} occurs."
        ),
        when=lambda p: 0.5 if wide(p, 12) else 0.0,
        code=COUNTS,
    ),
    Play(
        id="dp-rare-levels",
        stage="data_preprocessing",
        text="Merge the levels that hold less than one row in a hundred.",
        when=lambda p: 0.49 if wide(p, 8) else 0.0,
        code=RARE,
    ),
    Play(
        id="dp-ordered-levels",
        stage="data_preprocessing",
        text="Turn ordered levels into numbers: grades, sizes, ranges, single letters.",
        when=lambda p: 0.61 if narrow(p, 30) else 0.0,
        code=ORDERED,
        rationale="An order that the encoding keeps need not be learnt from the rows.",
    ),
    Play(
        id="dp-mean-order",
        stage="data_preprocessing",
        text="Number the levels in the order of the target's mean.",
        when=lambda p: (
            0.58 if p.kind != "multiclass" and narrow(p, 60) and p.n_rows >= 300 else 0.0
        ),
        code=CODES,
    ),
    Play(
        id="dp-string-parts",
        stage="data_preprocessing",
        text=lambda p: f"Take {named(_strings(p))} apart: first letters, title, number, length.",
        when=lambda p: 0.57 if _strings(p) else 0.0,
        code=PARTS,
        rationale="Names, tickets and codes are nearly unique as a whole, but not their parts.",
    ),
    Play(
        id="dp-numbers-in-strings",
        stage="data_preprocessing",
        text="Read the numbers out of strings that carry a unit or a separator.",
        when=lambda p: 0.5 if wide(p, 15) else 0.0,
        code=UNITS,
    ),
    Play(
        id="dp-topics",
        stage="data_preprocessing",
        text=lambda p: f"Condense the words of {named(p.texts)} to twenty topics.",
        when=lambda p: 0.7 if p.texts and p.n_rows >= 100 else 0.0,
        code=WORDS,
        cost="m",
    ),
)
