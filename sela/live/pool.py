"""The insights at hand: kept in the store, offered to the search, with their code once written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sela.design.designer import WrittenCode
from sela.design.insight import STAGES, Configuration, Insight, Stage
from sela.errors import NotFoundError
from sela.search.search import Search
from sela.store.protocol import Store


class InsightPool:
    """The insights of one search, by id and in the order in which they came."""

    def __init__(self, search_id: str, store: Store, search: Search) -> None:
        self._search_id = search_id
        self._store = store
        self._search = search
        records = store.insights(search_id)
        self._insights = {r.insight.id: r.insight for r in records}
        self.plans = {r.insight.id: r.plan for r in records if r.plan}

    def __iter__(self):
        return iter(tuple(self._insights.values()))

    def __len__(self) -> int:
        return len(self._insights)

    def insight(self, insight_id: str) -> Insight:
        """NotFoundError names the known ones."""
        if insight_id not in self._insights:
            known = ", ".join(self._insights) or "none yet"
            raise NotFoundError(f"No insight {insight_id!r} in {self._search_id}. Known: {known}.")
        return self._insights[insight_id]

    def path(self, configuration: Configuration) -> tuple[Insight, ...]:
        """The insights that a configuration names, in stage order."""
        return tuple(self.insight(choice) for choice in configuration.choices if choice)

    def add(self, insights: Sequence[Insight]) -> tuple[Insight, ...]:
        """Store new ones and offer them to the search; an id that is taken gets a new one."""
        fresh = tuple(self._with_free_id(i) for i in insights)
        if fresh:
            self._store.add_insights(self._search_id, fresh)
            self._insights |= {i.id: i for i in fresh}
            self._search.add(fresh)
        return fresh

    def keep_code(self, insight: Insight, written: WrittenCode) -> Insight:
        """The insight with its new source, durable."""
        self._store.set_code(
            self._search_id,
            insight.id,
            written.code,
            plan=written.plan,
            origin=written.origin,
            notes=written.notes,
        )
        known = replace(insight, code=written.code)
        self._insights[insight.id] = known
        if written.plan:
            self.plans[insight.id] = written.plan
        return known

    def forbid(self, insight_id: str) -> None:
        """Never try it again."""
        self.insight(insight_id)
        self._store.forbid(self._search_id, insight_id)
        self._search.forbid(insight_id)

    def prefer(self, insight_id: str) -> None:
        """Try it soon, and more often."""
        self.insight(insight_id)
        self._store.prefer(self._search_id, insight_id)
        self._search.prefer(insight_id)

    def _with_free_id(self, insight: Insight) -> Insight:
        if insight.id and insight.id not in self._insights:
            return insight
        return replace(insight, id=self.free_id(insight.stage))

    def free_id(self, stage: Stage) -> str:
        """A short id nobody has: `fe3`."""
        prefix = ("eda", "dp", "fe", "mt", "me")[STAGES.index(stage)]
        number = 1
        while f"{prefix}{number}" in self._insights:
            number += 1
        return f"{prefix}{number}"
