from dataclasses import replace

import pytest

from sandboxes.base import RaisedError
from sela.design.designer import Briefing, CodeRequest
from sela.design.insight import STAGES, Insight
from sela.design.playbook import Playbook
from sela.design.playbook.boosting import SEARCHED, STEADY
from sela.design.playbook.library import PLAYS
from sela.design.playbook.play import Play
from sela.design.similarity import is_near_duplicate
from sela.errors import DesignerError
from sela.harness.defaults import DEFAULTS
from sela.harness.frames import Intake
from sela.harness.profile import profile_frame
from tests.harness.tables import BINARY, messy_frame, messy_target


def play(key: str, priority: float, **more) -> Play:
    parts = {"stage": "model_training", "text": f"Try {key} {priority}.", "code": "x = 1", **more}
    return Play(id=key, when=lambda profile: priority, **parts)


@pytest.fixture(scope="module")
def briefing() -> Briefing:
    frame = messy_frame(400)
    clean = Intake().fit(frame).transform(frame)
    profile = profile_frame(clean, messy_target(BINARY, frame), kind="binary", metric="f1")
    return Briefing(BINARY, profile, "")


async def ids(playbook: Playbook, briefing: Briefing, count: int = 99, **more) -> list[str]:
    proposal = await playbook.propose(briefing, count=count, **more)
    return [insight.id for insight in proposal.insights]


async def test_the_most_promising_come_first_and_those_that_do_not_apply_not_at_all(briefing):
    plays = (play("low", 0.6), play("never", 0.0), play("high", 0.9), play("middle", 0.7))

    assert await ids(Playbook(plays), briefing) == ["high", "middle", "low"]


async def test_what_seldom_helps_is_held_back_until_the_rest_is_in_the_pool(briefing):
    playbook = Playbook([play("low", 0.4), play("high", 0.9), play("middle", 0.6)])

    first = await playbook.propose(briefing, count=99)
    later = await ids(playbook, replace(briefing, insights=first.insights))

    assert [insight.id for insight in first.insights] == ["high", "middle"]
    assert later == ["low"]


async def test_a_play_whose_package_is_missing_does_not_apply(briefing):
    plays = (play("here", 0.6), play("absent", 0.9, requires=("no_such_package",)))

    assert await ids(Playbook(plays), briefing) == ["here"]


async def test_equal_priorities_are_ordered_by_the_seed(briefing):
    playbook = Playbook([play(f"p{i}", 0.6) for i in range(9)])
    other = replace(briefing, profile=replace(briefing.profile, seed=1))

    assert await ids(playbook, briefing) == await ids(playbook, briefing)
    assert await ids(playbook, briefing) != await ids(playbook, other)


async def test_what_is_in_the_pool_is_not_proposed_again(briefing):
    first = await Playbook().propose(briefing, count=10)

    more = await ids(Playbook(), replace(briefing, insights=first.insights))

    assert len(first.insights) == 10
    assert not {insight.id for insight in first.insights} & set(more)


async def test_what_somebody_else_said_already_is_not_proposed(briefing):
    said = Insight("mt1", "model_training", "Try ridge regression 0.7.", "host")
    plays = (play("same", 0.8, text="Try a ridge regression 0.7."), play("new", 0.6))

    assert await ids(Playbook(plays), replace(briefing, insights=(said,))) == ["new"]


async def test_stages_bound_how_many_of_each_are_proposed(briefing):
    proposal = await Playbook().propose(
        briefing, count=99, stages={"model_training": 2, "feature_engineering": 1}
    )

    stages = [insight.stage for insight in proposal.insights]
    assert sorted(stages) == ["feature_engineering", "model_training", "model_training"]


async def test_an_empty_proposal_is_told_as_nothing_new(briefing):
    with pytest.raises(DesignerError) as refusal:
        await Playbook([play("never", 0.0)]).propose(briefing, count=5)

    assert refusal.value.reason == "nothing_new"


async def test_a_play_is_written_as_it_stands(briefing):
    insight = (await Playbook().propose(briefing, count=1)).insights[0]

    written = await Playbook().write(briefing, CodeRequest(insight))

    assert written.code == insight.code
    assert written.origin == "playbook"


async def test_after_an_error_a_simpler_variant_steps_in_and_then_the_default(briefing):
    insight = Insight("mt-lgbm-searched", "model_training", "…", "playbook", code=SEARCHED)
    error = RaisedError("ValueError", "no", "")

    simpler = await Playbook().write(briefing, CodeRequest(insight, (), SEARCHED, error))
    plain = await Playbook().write(briefing, CodeRequest(insight, (), STEADY, error))

    assert simpler.code == STEADY
    assert plain.code == DEFAULTS["model_training"]
    assert "simpler" in simpler.notes[0]


async def test_an_idea_of_somebody_else_is_not_the_playbooks_to_write(briefing):
    with pytest.raises(DesignerError) as refusal:
        await Playbook().write(
            briefing, CodeRequest(Insight("fe7", "feature_engineering", "Sing.", "host"))
        )

    assert refusal.value.reason == "not_mine"


def test_the_library_covers_every_stage_with_distinct_ids():
    assert len(PLAYS) >= 40
    assert len({p.id for p in PLAYS}) == len(PLAYS)
    assert {p.stage for p in PLAYS} == set(STAGES)


def test_no_two_plays_say_the_same(briefing):
    insights = [p.insight(briefing.profile) for p in PLAYS if p.priority(briefing.profile)]

    for place, insight in enumerate(insights):
        assert is_near_duplicate(insight, insights[:place], briefing.profile.names()) is None


async def test_sentences_name_the_tables_own_columns(briefing):
    texts = " ".join(i.text for i in (await Playbook().propose(briefing, count=999)).insights)

    assert "since" in texts
    assert "city" in texts
    assert max(len(i.text) for i in (await Playbook().propose(briefing, count=999)).insights) < 140
