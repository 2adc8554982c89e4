from pathlib import Path

import pandas as pd
import pytest

from sela.engine import GivenInsight
from sela.errors import DataError, NotFoundError, RequestError
from tests.live.workshops import BROKEN, POOL, csv, engine, insight, playbook, request, table


async def test_a_search_runs_to_the_end_of_its_budget_and_finds_the_better_model(tmp_path: Path):
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path))

        ended = await e.run_search(search.search_id)

        assert (ended.state, ended.rollouts_done, ended.failed_rollouts) == ("finished", 4, 0)
        assert ended.best_score < ended.baseline_score
        best = await e.best(search.search_id)
        assert [i.id for i in best.rollout.insights] == ["mt-linear"]


async def test_the_same_seed_gives_the_same_tree_and_the_same_scores(tmp_path: Path):
    trees = []
    for name in ("one", "two"):
        async with engine(tmp_path / name) as e:
            (tmp_path / name).mkdir(exist_ok=True)
            search = await e.start_search(request(tmp_path / name))
            await e.run_search(search.search_id)
            trees.append(await e.tree(search.search_id))

    assert trees[0] == trees[1]


async def test_a_step_runs_as_many_rollouts_as_asked_and_no_more(tmp_path: Path):
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path))

        first = await e.step_search(search.search_id, rollouts=1)
        second = await e.step_search(search.search_id, rollouts=2)

        assert [r.number for r in first.rollouts] == [1]
        assert [r.number for r in second.rollouts] == [2, 3]
        assert (await e.search(search.search_id)).state == "idle"


async def test_a_new_process_goes_on_where_the_search_stood(tmp_path: Path):
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path))
        await e.step_search(search.search_id, rollouts=2)

    async with engine(tmp_path) as e:
        ended = await e.run_search(search.search_id)

    assert ended.rollouts_done == 4


async def test_the_same_request_key_gives_the_same_search(tmp_path: Path):
    async with engine(tmp_path) as e:
        first = await e.start_search(request(tmp_path, request_key="k"))
        second = await e.start_search(request(tmp_path, request_key="k"))

        assert first.search_id == second.search_id
        assert len(await e.searches()) == 1


async def test_finalizing_twice_uses_the_sealed_rows_once(tmp_path: Path):
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path))
        await e.run_search(search.search_id)

        first = await e.best(search.search_id, finalize=True)
        second = await e.best(search.search_id, finalize=True)

        assert first.final == second.final
        assert first.final.test_uses == 1
        assert first.final.is_real_gain


async def test_reopening_the_sealed_rows_needs_a_reason_and_is_told(tmp_path: Path):
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path))
        await e.run_search(search.search_id)
        await e.best(search.search_id, finalize=True)

        again = await e.best(search.search_id, finalize=True, reopen_reason="a longer search")

        assert again.final.test_uses == 2
        assert "a longer search" in " ".join(again.final.use_notes)
        with pytest.raises(RequestError, match="reason"):
            await e.best(search.search_id, finalize=True, reopen_reason=" ")


async def test_rows_that_another_search_has_scored_are_no_longer_unseen(tmp_path: Path):
    async with engine(tmp_path) as e:
        first, second = [
            (await e.start_search(request(tmp_path, strategy=name))).search_id
            for name in ("guided", "random")
        ]
        for search_id in (first, second):
            await e.run_search(search_id)

        alone = await e.best(first, finalize=True)
        after = await e.best(second, finalize=True)

        assert (alone.final.test_uses, after.final.test_uses) == (1, 2)
        assert first in after.final.use_notes[0]
        assert "used 2 times" in after.final.statement


async def test_a_failing_insight_is_data_and_the_search_goes_on(tmp_path: Path):
    plays = (insight("mt-broken", BROKEN, prior=0.95), *POOL)
    async with engine(tmp_path, playbook=playbook(*plays)) as e:
        search = await e.start_search(request(tmp_path, rollouts=4))

        ended = await e.run_search(search.search_id)

        assert (ended.rollouts_done, ended.failed_rollouts) == (4, 1)
        assert ended.best_score < ended.baseline_score


async def test_a_search_without_anything_new_to_try_says_so(tmp_path: Path):
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path, rollouts=50))

        ended = await e.run_search(search.search_id)

        assert (ended.state, ended.rollouts_done) == ("finished", 4)
        assert "Every combination" in ended.message


async def test_a_callers_insight_is_tried_next(tmp_path: Path):
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path, rollouts=6))
        await e.step_search(search.search_id, rollouts=1)
        code = POOL[0].code.replace("LinearRegression()", "LinearRegression(positive=False)")
        given = GivenInsight("model_training", "Fit plain least squares on everything.", code)

        (added,) = await e.add_insights(search.search_id, [given])
        await e.control(search.search_id, "prefer", insight_id=added.id)
        step = await e.step_search(search.search_id, rollouts=1)

        assert [i.id for i in step.rollouts[0].insights] == [added.id]


async def test_a_paused_search_starts_nothing_until_it_is_resumed(tmp_path: Path):
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path))
        await e.step_search(search.search_id)
        await e.control(search.search_id, "pause")

        paused = await e.step_search(search.search_id)
        await e.control(search.search_id, "resume")
        resumed = await e.step_search(search.search_id)

        assert (paused.search.state, paused.rollouts) == ("paused", ())
        assert len(resumed.rollouts) == 1


async def test_extending_a_finished_search_lets_it_go_on(tmp_path: Path):
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path, rollouts=2))
        await e.run_search(search.search_id)

        await e.control(search.search_id, "extend", rollouts=3)
        ended = await e.run_search(search.search_id)

        assert (ended.rollouts_done, ended.rollouts_budget) == (3, 3)


async def test_a_users_own_test_file_replaces_the_sealed_part(tmp_path: Path):
    own = csv(tmp_path, table(80, seed=9), "own.csv")
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path, test_data=own))
        await e.run_search(search.search_id)

        best = await e.best(search.search_id, finalize=True)

        assert best.final.n_test == 80


async def test_predict_takes_shuffled_columns_and_names_a_missing_one(tmp_path: Path):
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path))
        await e.run_search(search.search_id)
        await e.best(search.search_id, finalize=True)
        shuffled = csv(tmp_path, table(5, seed=3)[["c", "b", "a"]], "new.csv")
        lacking = csv(tmp_path, table(5, seed=3)[["a", "c"]], "lacking.csv")

        answer = await e.predict(search.search_id, shuffled, str(tmp_path / "out.csv"))

        assert (answer.n_rows, answer.columns) == (5, ("prediction",))
        assert len(pd.read_csv(tmp_path / "out.csv")) == 5
        with pytest.raises(DataError, match=r"'b'"):
            await e.predict(search.search_id, lacking, str(tmp_path / "out.csv"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"target": "prize"}, "price"),
        ({"metric": "rsme"}, "rmse"),
        ({"drop": ("zip",)}, "zip"),
        ({"strategy": "luck"}, "guided"),
        ({"designer": "oracle"}, "playbook"),
        ({"max_seconds": -1.0}, "max_seconds"),
        ({"group": "household"}, "household"),
    ],
)
async def test_a_bad_request_is_refused_with_what_to_do(tmp_path: Path, change: dict, told: str):
    from dataclasses import replace

    async with engine(tmp_path) as e:
        with pytest.raises(RequestError, match=told):
            await e.start_search(replace(request(tmp_path), **change))
        assert await e.searches() == ()


async def test_an_unknown_search_names_the_known_ones(tmp_path: Path):
    async with engine(tmp_path) as e:
        search = await e.start_search(request(tmp_path))

        with pytest.raises(NotFoundError, match=search.search_id):
            await e.tree("nowhere")
