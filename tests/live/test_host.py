from pathlib import Path

import pytest

from sela.engine import GivenAnswer, GivenInsight
from sela.errors import NotFoundError, RequestError
from tests.live.workshops import BROKEN, LINEAR, engine, request

IDEA = GivenInsight("model_training", "Subtract the neighbourhood's median, then least squares.")


async def started(e, folder: Path, **more) -> str:
    search = await e.start_search(request(folder, **{"designer": "host", "rollouts": 6, **more}))
    return search.search_id


async def test_the_host_is_asked_for_insights_beside_the_baseline(tmp_path: Path):
    async with engine(tmp_path) as e:
        step = await e.step_search(await started(e, tmp_path), rollouts=2)

        assert [n.kind for n in step.needs] == ["insights"]
        assert step.needs[0].contract is not None


async def test_one_call_answers_a_need_and_brings_the_next(tmp_path: Path):
    async with engine(tmp_path) as e:
        search_id = await started(e, tmp_path)
        step = await e.step_search(search_id, rollouts=2)
        insights = GivenAnswer(step.needs[0].ticket, insights=(IDEA,))

        step = await e.step_search(search_id, rollouts=3, answers=[insights])

        (need,) = step.needs
        assert (need.kind, need.contract) == ("code", None)
        assert "neighbourhood" in need.context


async def test_the_hosts_code_is_run_and_scored(tmp_path: Path):
    async with engine(tmp_path) as e:
        search_id = await started(e, tmp_path)
        step = await e.step_search(search_id, rollouts=2)
        idea = GivenInsight(IDEA.stage, IDEA.text, LINEAR)

        answer = GivenAnswer(step.needs[0].ticket, insights=(idea,))
        step = await e.step_search(search_id, rollouts=5, answers=[answer])

        tried = [i for r in step.rollouts for i in r.insights if i.origin == "host"]
        assert [i.text for i in tried] == [IDEA.text]


async def test_a_step_without_an_answer_lets_the_playbook_step_in(tmp_path: Path):
    async with engine(tmp_path) as e:
        search_id = await started(e, tmp_path, rollouts=3)
        done = 0
        for _ in range(6):
            step = await e.step_search(search_id, rollouts=1)
            done += len(step.rollouts)

        assert done == 3
        assert step.search.state == "finished"


async def test_failing_code_comes_back_as_a_repair_at_most_twice(tmp_path: Path):
    async with engine(tmp_path) as e:
        search_id = await started(e, tmp_path)
        step = await e.step_search(search_id, rollouts=2)
        idea = GivenInsight(IDEA.stage, IDEA.text, BROKEN)
        answers = [GivenAnswer(step.needs[0].ticket, insights=(idea,))]
        kinds = []
        for attempt in range(8):
            step = await e.step_search(search_id, rollouts=1, answers=answers)
            kinds += [n.kind for n in step.needs]
            broken = f"{BROKEN}\n# attempt {attempt}\n"
            answers = [GivenAnswer(n.ticket, code=broken) for n in step.needs]
            if step.search.failed_rollouts:
                break

        assert kinds.count("repair") == 2
        assert step.search.failed_rollouts == 1


async def test_the_same_answer_twice_changes_nothing(tmp_path: Path):
    async with engine(tmp_path) as e:
        search_id = await started(e, tmp_path)
        step = await e.step_search(search_id, rollouts=2)
        idea = GivenInsight(IDEA.stage, IDEA.text, LINEAR)
        answer = GivenAnswer(step.needs[0].ticket, insights=(idea,))

        await e.step_search(search_id, rollouts=1, answers=[answer])
        await e.step_search(search_id, rollouts=1, answers=[answer])

        tree = await e.tree(search_id)
        assert len({n.insight_id for n in tree if n.origin == "host"}) <= 1


async def test_a_wrong_ticket_is_told_the_right_one(tmp_path: Path):
    async with engine(tmp_path) as e:
        search_id = await started(e, tmp_path)
        step = await e.step_search(search_id, rollouts=2)

        with pytest.raises(NotFoundError, match=step.needs[0].ticket):
            await e.step_search(search_id, answers=[GivenAnswer("old-1", code=LINEAR)])


async def test_an_answer_to_a_search_that_asks_nothing_is_refused(tmp_path: Path):
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path))

        with pytest.raises(RequestError, match="propose_insights"):
            await e.step_search(search.search_id, answers=[GivenAnswer("x", code=LINEAR)])


async def test_an_idea_that_nobody_can_write_costs_no_rollout_and_is_told(tmp_path: Path):
    async with engine(tmp_path) as e:
        search_id = await started(e, tmp_path, rollouts=4)
        step = await e.step_search(search_id, rollouts=2)
        answers = [GivenAnswer(step.needs[0].ticket, insights=(IDEA,))]
        for _ in range(8):
            step = await e.step_search(search_id, rollouts=1, answers=answers)
            answers = []
            if step.search.state == "finished":
                break

        assert (step.search.rollouts_done, step.search.failed_rollouts) == (4, 0)
        assert IDEA.text in step.search.troubles[-1]
