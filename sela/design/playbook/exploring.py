"""EDA: what to know of a table before one models it. Findings feed later proposals."""

from __future__ import annotations

from sela.design.playbook.play import Play

TARGET = '''\
"""The target: how often each class occurs, or where the values lie."""
import matplotlib.pyplot as plt


def explore(train, target):
    if target.nunique() <= 20:
        shares = target.value_counts(normalize=True)
        shares.plot.barh(title="Share of each class")
        return {"class_shares": shares.round(3).to_dict()}
    target.plot.hist(bins=60, title="The target")
    plt.xlabel("target")
    return {
        "quantiles": target.quantile([0.01, 0.25, 0.5, 0.75, 0.99]).round(4).to_dict(),
        "skewness": round(float(target.skew()), 2),
        "share_of_most_frequent_value": round(float(target.value_counts(normalize=True).max()), 3),
        "share_of_whole_numbers": round(float((target == target.round()).mean()), 3),
    }
'''

STRENGTH = '''\
"""How much each column says of the target by itself, whatever the shape of the relation."""
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression


def explore(train, target):
    rows = train.sample(min(len(train), 3000), random_state=0).index
    numbers = train.select_dtypes("number").columns
    kept = [c for c in train.columns if c in numbers or 2 <= train[c].nunique() < len(train) / 4]
    codes = train.loc[rows, kept].copy()
    is_discrete = []
    for name in codes.columns:
        is_discrete.append(name not in numbers)
        is_number = name in numbers
        codes[name] = codes[name].fillna(-999) if is_number else pd.factorize(codes[name])[0]
    is_label = target.dtype == object or target.nunique() <= 20
    measure = mutual_info_classif if is_label else mutual_info_regression
    told = measure(codes, target[rows], discrete_features=is_discrete, random_state=0)
    told = pd.Series(told, index=kept).sort_values(ascending=False)
    told.head(20)[::-1].plot.barh(title="Mutual information with the target")
    plt.tight_layout()
    return {
        "strongest_alone": told.head(8).round(3).to_dict(),
        "say_nothing_alone": list(told.index[told < 0.002][:15]),
    }
'''

GAPS = '''\
"""Missing values: where, which columns lack them together, and whether that tells the target."""
import pandas as pd


def explore(train, target):
    gaps = train.isna()
    shares = gaps.mean().sort_values(ascending=False)
    with_gaps = shares.index[shares > 0]
    findings = {"share_missing": shares[with_gaps].head(12).round(3).to_dict()}
    blocks = gaps[with_gaps].astype("int8").T.duplicated(keep=False)
    findings["missing_together"] = list(blocks.index[blocks][:12])
    values = pd.Series(pd.factorize(target, sort=True)[0]) if target.dtype == object else target
    spread = values.std() or 1.0
    telling = {}
    for name in with_gaps[:40]:
        if 20 <= gaps[name].sum() <= len(train) - 20:
            shift = (values[gaps[name].values].mean() - values[~gaps[name].values].mean()) / spread
            if abs(shift) > 0.15:
                telling[name] = round(float(shift), 2)
    findings["target_shift_where_missing"] = telling
    return findings
'''

TWINS = '''\
"""Numbers that say nearly the same, and groups of columns that move together."""
import matplotlib.pyplot as plt
import numpy as np


def explore(train, target):
    numbers = train.select_dtypes("number")
    numbers = numbers.loc[:, numbers.nunique() > 2].iloc[:, :80]
    alike = numbers.sample(min(len(train), 4000), random_state=0).corr(method="spearman")
    plt.imshow(alike, vmin=-1, vmax=1, cmap="RdBu")
    plt.title("Rank correlation of the numbers")
    plt.colorbar()
    above = alike.abs().where(np.triu(np.ones(alike.shape, dtype=bool), k=1)).stack()
    twins = above[above > 0.9].sort_values(ascending=False).head(10)
    return {
        "nearly_the_same": [f"{a} and {b}: {value:.3f}" for (a, b), value in twins.items()],
        "median_rank_correlation": round(float(above.median()), 3) if len(above) else None,
    }
'''

TAILS = '''\
"""Numbers with long tails, spikes, or values far outside the rest."""


def explore(train, target):
    numbers = train.select_dtypes("number")
    low, high = numbers.quantile(0.25), numbers.quantile(0.75)
    reach = 3 * (high - low)
    outside = ((numbers < low - reach) | (numbers > high + reach)).mean()
    spikes = numbers.apply(lambda c: c.value_counts(normalize=True).max() if c.notna().any() else 0)
    skew = numbers.skew()
    return {
        "skewness": skew[skew.abs() > 2].round(1).head(12).to_dict(),
        "share_far_outside": outside[outside > 0.01].round(3).head(12).to_dict(),
        "share_of_most_frequent_value": spikes[spikes > 0.3].round(2).head(12).to_dict(),
        "negative_values_in": list(numbers.columns[(numbers < 0).any()][:12]),
    }
'''

LEVELS = '''\
"""Which levels of the categories go with a high or a low target, and how many are rare."""
import pandas as pd


def explore(train, target):
    values = pd.Series(pd.factorize(target, sort=True)[0]) if target.dtype == object else target
    values = values.astype(float).to_numpy()
    findings = {}
    for name in train.select_dtypes(exclude=["number", "datetime"]).columns[:15]:
        groups = pd.Series(values).groupby(train[name].fillna("missing").values)
        means = groups.agg(["mean", "size"])
        common = means[means["size"] >= max(10, 0.01 * len(train))]["mean"].sort_values()
        if len(common) >= 2 and common.iloc[-1] > common.iloc[0]:
            low, high = common.index[0], common.index[-1]
            findings[name] = (
                f"mean target from {common.iloc[0]:.3g} ({low}) to {common.iloc[-1]:.3g} ({high}), "
                f"{len(means)} levels, {int((means['size'] < 10).sum())} of them rare"
            )
    return findings
'''

INTERPLAY = '''\
"""What a small forest relies on, and how much better it is than a linear model."""
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def explore(train, target):
    rows = train.sample(min(len(train), 3000), random_state=0).index
    numbers = pd.get_dummies(train.loc[rows], columns=few_levels(train), dtype=float)
    numbers = numbers.select_dtypes("number").fillna(train.median(numeric_only=True)).fillna(0.0)
    is_label = target.dtype == object or target.nunique() <= 20
    y = pd.factorize(target[rows], sort=True)[0] if is_label else target[rows].to_numpy()
    Forest = ExtraTreesClassifier if is_label else ExtraTreesRegressor
    line = LogisticRegression(max_iter=200) if is_label else RidgeCV()
    forest = Forest(100, min_samples_leaf=3, random_state=0)
    by_forest = cross_val_score(forest, numbers, y, cv=3).mean()
    by_line = cross_val_score(make_pipeline(StandardScaler(), line), numbers, y, cv=3).mean()
    relied_on = pd.Series(forest.fit(numbers, y).feature_importances_, index=numbers.columns)
    return {
        "score_of_forest": round(float(by_forest), 3),
        "score_of_linear_model": round(float(by_line), 3),
        "forest_relies_on": relied_on.nlargest(8).round(3).to_dict(),
    }


def few_levels(train):
    names = train.select_dtypes(exclude=["number", "datetime"]).columns
    return [name for name in names if train[name].nunique() <= 30]
'''

ORDER = '''\
"""Whether the target drifts with the rows' order or with a date."""
import numpy as np
import pandas as pd


def explore(train, target):
    values = pd.Series(pd.factorize(target, sort=True)[0]) if target.dtype == object else target
    values = values.astype(float).reset_index(drop=True)
    findings = {}
    for name in train.select_dtypes("datetime").columns:
        order = train[name].reset_index(drop=True).rank()
        findings[f"rank_correlation_with_{name}"] = round(float(order.corr(values.rank())), 3)
        years = values.groupby(train[name].dt.year.values).mean()
        findings[f"mean_target_by_year_of_{name}"] = years.round(3).head(12).to_dict()
    by_row = np.corrcoef(np.arange(len(values)), values.rank())[0, 1]
    findings["rank_correlation_with_row_order"] = round(float(by_row), 3)
    return findings
'''

NOISE = '''\
"""Rows that repeat, and how often equal rows carry different targets."""


def explore(train, target):
    keys = train.map(str).agg("|".join, axis=1)
    repeated = keys.duplicated(keep=False)
    differ = target.groupby(keys.values).nunique() > 1
    return {
        "share_of_rows_that_repeat": round(float(repeated.mean()), 3),
        "groups_of_equal_rows_with_different_targets": int(differ.sum()),
        "share_of_rows_in_such_groups": round(float(keys.isin(differ.index[differ]).mean()), 3),
    }
'''

EXPLORING = (
    Play(
        id="eda-target",
        stage="eda",
        text="Look at how the target is distributed.",
        when=lambda p: 0.6,
        code=TARGET,
    ),
    Play(
        id="eda-strength",
        stage="eda",
        text="Measure how much each column says of the target by itself.",
        when=lambda p: 0.65,
        code=STRENGTH,
    ),
    Play(
        id="eda-interplay",
        stage="eda",
        text="Compare a small forest with a linear model, and see what the forest relies on.",
        when=lambda p: 0.6,
        code=INTERPLAY,
    ),
    Play(
        id="eda-gaps",
        stage="eda",
        text="See which values are missing together, and whether that tells the target.",
        when=lambda p: 0.6 if p.has_missing else 0.0,
        code=GAPS,
    ),
    Play(
        id="eda-levels",
        stage="eda",
        text="Find the levels that go with a high or a low target.",
        when=lambda p: 0.55 if p.names("categorical") else 0.0,
        code=LEVELS,
    ),
    Play(
        id="eda-tails",
        stage="eda",
        text="Look for long tails, spikes and values far outside the rest.",
        when=lambda p: 0.5 if p.numeric else 0.0,
        code=TAILS,
    ),
    Play(
        id="eda-twins",
        stage="eda",
        text="Find numbers that say nearly the same.",
        when=lambda p: 0.5 if len(p.numeric) >= 4 else 0.0,
        code=TWINS,
    ),
    Play(
        id="eda-order",
        stage="eda",
        text="Check whether the target drifts with time or with the order of the rows.",
        when=lambda p: 0.55 if p.dates else 0.4,
        code=ORDER,
    ),
    Play(
        id="eda-noise",
        stage="eda",
        text="Count rows that repeat, and equal rows with different targets.",
        when=lambda p: 0.45 if p.n_columns <= 60 else 0.0,
        code=NOISE,
    ),
)
