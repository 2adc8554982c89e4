"""Whole searches designed by Claude at a loopback endpoint: they end well, whatever it does."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sela.design.choose import Designers
from sela.design.llm.retries import Retries
from sela.design.llm.secret import Secret
from sela.design.playbook import Playbook
from sela.design.settings import AnthropicSettings, DesignerSettings
from sela.engine import Engine
from sela.live.answers import RolloutAnswer, SearchAnswer
from tests.design import messages_server as api
from tests.design.loopback import Loopback, Received, Reply, serving
from tests.design.scripted_host import CODES, IDEAS
from tests.live.workshops import engine, request

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("loaded_sdk")]
Answering = Callable[[Received], Reply]
INSIGHTS = {"insights": [{"stage": s, "text": t} for s, texts in IDEAS.items() for t in texts]}


def is_for_code(received: Received) -> bool:
    return "code" in received.body["output_config"]["format"]["schema"]["properties"]


def well(received: Received) -> Reply:
    """A model that has twelve ideas once, and writes each of them."""
    if not is_for_code(received):
        return api.said(INSIGHTS)
    asked = received.body["messages"][0]["content"][1]["text"]
    stage = re.findall(r"the stage `(\w+)`", asked)[-1]
    return api.said({"plan": f"As asked for {stage}.", "code": CODES[stage]})


def failing_code(reply: Reply) -> Answering:
    return lambda received: reply if is_for_code(received) else api.said(INSIGHTS)


def failing_ideas(reply: Reply) -> Answering:
    return lambda received: well(received) if is_for_code(received) else reply


@dataclass
class Ended:
    search: SearchAnswer
    rollouts: list[RolloutAnswer]
    server: Loopback
    engine: Engine

    @property
    def told(self) -> str:
        """All that the user is shown of the rollouts."""
        failures = [r.experiment.failure.message for r in self.rollouts if r.experiment.failure]
        return "\n".join([*failures, *(note for r in self.rollouts for note in r.notes)])


@asynccontextmanager
async def searched(folder: Path, answering: Answering, **more: object) -> AsyncIterator[Ended]:
    """A search that ran to the end of its budget."""
    async with serving(answering) as server:
        settings = DesignerSettings(
            anthropic=AnthropicSettings(key=Secret("sk-ant-x"), base_url=server.url),
            retries=Retries(1, 0.01),
            deadline_seconds=1.0,
            trust_env=False,
        )
        designers = Designers(settings, Playbook)
        async with engine(folder, designers=designers) as e:
            asked = {"designer": "anthropic", "rollouts": 8, **more}
            search = await e.start_search(request(folder, **asked))
            rollouts = list[RolloutAnswer]()
            while (answer := await e.search(search.search_id)).state not in ("finished", "failed"):
                step = await e.step_search(search.search_id, rollouts=4, wait_seconds=20)
                rollouts += step.rollouts
            yield Ended(answer, rollouts, server, e)
        await designers.close()


async def test_twenty_rollouts_with_twelve_insights_take_at_most_twelve_coder_calls(
    tmp_path: Path,
) -> None:
    async with searched(tmp_path, well, rollouts=20) as ended:
        codes = sum(is_for_code(received) for received in ended.server.received)
        calls = len(ended.server.received)
    assert (ended.search.rollouts_done, ended.search.failed_rollouts) == (20, 0)
    assert 0 < codes <= 12
    assert ended.search.cost_usd == pytest.approx(calls * api.COST)
    assert any("As asked for" in rollout.plan for rollout in ended.rollouts)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (api.failing(429, "rate_limit_error"), "429"),
        (api.failing(529, "overloaded_error"), "529"),
        (api.failing(401, "authentication_error"), "401"),
        (api.refused("frontier_llm"), "frontier_llm"),
        (api.said("{", stop="max_tokens"), "token limit"),
        (api.said("no JSON"), "no JSON object"),
        (api.said({"plan": "no code"}), "code: Field required"),
        (api.said(""), "empty reply"),
        (api.cut(framing="chunked"), "Error"),
        (api.html(), "stop_reason None"),
        (api.dripping(0.3), "no full reply in time"),
    ],
    ids=["429", "529", "401", "refusal", "truncation", "malformed", "schema", "empty", "cut",
         "html", "drip"],
)  # fmt: skip
async def test_a_search_ends_well_when_no_code_can_be_had_and_says_why(
    tmp_path: Path, reply: Reply, reason: str
) -> None:
    async with searched(tmp_path, failing_code(reply)) as ended:
        pass
    assert ended.search.state == "finished" and ended.search.best_score is not None
    assert reason in ended.told
    assert ended.search.cost_usd is not None and ended.search.cost_usd >= api.COST


@pytest.mark.parametrize("reply", [api.failing(529, "overloaded_error"), api.refused("cyber")])
async def test_a_search_without_the_models_ideas_is_the_playbooks(
    tmp_path: Path, reply: Reply
) -> None:
    async with searched(tmp_path, failing_ideas(reply)) as ended:
        pass
    assert (ended.search.state, ended.search.failed_rollouts) == ("finished", 0)
    assert ended.search.best_score is not None


async def test_a_search_without_money_makes_no_call(tmp_path: Path) -> None:
    async with searched(tmp_path, well, max_usd=0.001) as ended:
        pass
    assert ended.server.received == []
    assert (ended.search.state, ended.search.cost_usd) == ("finished", 0.0)


async def test_what_was_spent_stays_below_the_limit(tmp_path: Path) -> None:
    async with searched(tmp_path, well, max_usd=0.2, rollouts=12) as ended:
        pass
    assert 0 < (ended.search.cost_usd or 0) <= 0.2
