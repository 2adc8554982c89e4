"""Workshops for tests: a real store and real fits, in this process instead of a kernel."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from sela.design.choose import Designers
from sela.design.designer import Designer
from sela.design.insight import Insight
from sela.design.scripted import ScriptedDesigner
from sela.design.settings import DesignerSettings
from sela.design.stages import check_source
from sela.engine import Engine
from sela.live.request import SearchRequest
from sela.live.workshop import Workshop
from sela.store.owner import this_process
from sela.store.sql import open_store
from tests.harness.in_process import InProcessSandbox

TREE = """
from sklearn.tree import DecisionTreeRegressor
from sklearn.pipeline import make_pipeline

def build(profile):
    return DecisionTreeRegressor(max_depth={depth}, random_state=profile.seed)
"""
LINEAR = """
from sklearn.linear_model import LinearRegression

def build(profile):
    return LinearRegression()
"""
BROKEN = """
def build(profile):
    raise ValueError("no such column")
"""


class InProcessProvider:
    """Leases that cost nothing; for code that the tests wrote themselves."""

    tier = "none"

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[InProcessSandbox]:
        yield InProcessSandbox()

    async def close(self) -> None: ...


def insight(id: str, code: str | None = LINEAR, **more) -> Insight:
    return Insight(
        id, "model_training", f"Insight {id} with its own words.", "playbook", code=code, **more
    )


POOL = (
    insight("mt-linear", LINEAR, prior=0.9),
    insight("mt-shallow", TREE.format(depth=2), prior=0.6),
    insight("mt-deep", TREE.format(depth=8), prior=0.3),
)


def table(rows: int = 260, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, 3)).round(4), columns=["a", "b", "c"])
    frame["price"] = (10 + 3 * frame.a - frame.b + rng.normal(0, 0.3, rows)).round(4)
    return frame


def csv(folder: Path, frame: pd.DataFrame | None = None, name: str = "prices.csv") -> str:
    path = folder / name
    (table() if frame is None else frame).to_csv(path, index=False)
    return str(path)


def request(folder: Path, **more) -> SearchRequest:
    return SearchRequest(csv(folder), "price", **{"rollouts": 4, "folds": 3, **more})


def playbook(*insights: Insight) -> Designer:
    return ScriptedDesigner([insights or POOL], name="playbook")


def workshop(folder: Path, **more) -> Workshop:
    store = open_store(folder / "home")

    async def provider() -> InProcessProvider:
        return InProcessProvider()

    async def close() -> None:
        store.close()

    parts = {
        "store": store,
        "open_provider": provider,
        "close": close,
        "designers": Designers(DesignerSettings(), playbook),
        "playbook": playbook(),
        "check_source": check_source,
        "owner": this_process(),
        "clock": time.monotonic,
    }
    return Workshop(**{**parts, **more})


@asynccontextmanager
async def engine(folder: Path, **more) -> AsyncIterator[Engine]:
    made = Engine(workshop(folder, **more))
    try:
        yield made
    finally:
        await made.close()
