"""Any sequence of operations, crashes between them included, against a model in memory."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sela.experiments.experiment import Experiment
from sela.store.sql import SqlStore, open_store
from tests.store.samples import CONFIGURATION, FAILED, SCORED, new_search, owner


@dataclass(frozen=True)
class Expected:
    """What a rollout should be."""

    state: str
    attempt: int
    experiment: Experiment | None = None


class StoreMachine(RuleBasedStateMachine):
    """One search, run by one process after another."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.alive = 0
        self.store = self.open()
        self.id = new_search(self.store).id
        self.store.claim(self.id, owner(self.alive))
        self.expected: dict[int, Expected] = {}

    def open(self) -> SqlStore:
        return open_store(
            Path(self.folder.name), rng=Random(0), is_alive=lambda o: o.pid == self.alive
        )

    def numbers(self, *states: str) -> list[int]:
        return [n for n, e in self.expected.items() if e.state in states]

    @rule()
    def start_the_next(self) -> None:
        number = len(self.expected) + 1
        attempt = self.store.start_rollout(self.id, number, number, CONFIGURATION)
        self.expected[number] = Expected("running", attempt)
        assert attempt == 1

    @precondition(lambda self: self.numbers("running"))
    @rule(data=st.data(), experiment=st.sampled_from([SCORED, FAILED]))
    def finish_one(self, data: st.DataObject, experiment: Experiment) -> None:
        number = data.draw(st.sampled_from(self.numbers("running")))
        attempt = self.expected[number].attempt
        assert self.store.finish_rollout(self.id, number, attempt, experiment)
        self.expected[number] = Expected("finished", attempt, experiment)

    @precondition(lambda self: self.expected)
    @rule(data=st.data())
    def hear_late_of_one(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.expected)))
        is_current = self.expected[number].state == "running"
        stale = self.expected[number].attempt - is_current
        assert not self.store.finish_rollout(self.id, number, stale, FAILED)

    @precondition(lambda self: self.numbers("running", "lost"))
    @rule(data=st.data())
    def abandon_one(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.numbers("running", "lost")))
        self.store.abandon_rollout(self.id, number)
        self.expected[number] = replace(self.expected[number], state="abandoned")

    @precondition(lambda self: self.numbers("lost"))
    @rule(data=st.data())
    def start_a_lost_one_again(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.numbers("lost")))
        attempt = self.store.start_rollout(self.id, number, number, CONFIGURATION)
        assert attempt == self.expected[number].attempt + 1
        self.expected[number] = Expected("running", attempt)

    @rule()
    def crash_and_open_again(self) -> None:
        self.alive += 1
        self.store = self.open()
        self.store.claim(self.id, owner(self.alive))
        lost = self.store.lose_running(self.id)
        for number in self.numbers("running"):
            self.expected[number] = replace(self.expected[number], state="lost")
        assert [r.number for r in lost] == sorted(self.numbers("lost"))

    @invariant()
    def the_store_says_what_it_should(self) -> None:
        found = {
            r.number: Expected(r.state, r.attempt, r.experiment)
            for r in self.store.rollouts(self.id)
        }
        assert found == self.expected

    def teardown(self) -> None:
        assert self.store.verify(self.id) == ()
        self.store.close()
        self.folder.cleanup()


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=8, stateful_step_count=15, deadline=None)
