"""The insights at hand: kept in the store, offered to the search, with their code once written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from sela.design.designer import WrittenCode
from sela.design.insight import Configuration, Insight, Stage
from sela.design.pool import Admitted, admit
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

    def __iter__(self) -> Iterator[Insight]:
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

    def add(self, insights: Sequence[Insight], *, columns: Collection[str] = ()) -> Admitted:
        """Store new ones and offer them to the search; near-duplicates are refused, and told.

        `columns` are the table's names, which tell ideas apart.
        """
        admitted = admit(insights, tuple(self._insights.values()), names=columns)
        self.take(admitted.insights)
        return admitted

    def take(self, insights: Sequence[Insight]) -> None:
        """Store insights that are known to be new and different, and offer them."""
        if insights:
            self._store.add_insights(self._search_id, insights)
            self._insights |= {i.id: i for i in insights}
            self._search.add(insights)

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

    def promising(self, *, stage: Stage | None, count: int) -> tuple[Insight, ...]:
        """Insights that no rollout has tried yet, the most promising first."""
        tried = {c for trial in self._search.trials() for c in trial.configuration.choices}
        open_ones = (
            i for i in self._insights.values() if i.id not in tried and stage in (None, i.stage)
        )
        return tuple(sorted(open_ones, key=lambda i: -i.prior)[:count])
