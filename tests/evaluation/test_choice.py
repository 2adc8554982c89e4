from sela.evaluation.choice import Finalist, choose


def finalist(
    rollout: int, scores: tuple[float, ...], *, n_insights: int = 2, fit_seconds: float = 1.0
) -> Finalist:
    return Finalist(rollout, scores[:2], scores[2:], n_insights, fit_seconds)


def chosen(*finalists: Finalist) -> tuple[int, str]:
    best, reason = choose(finalists, greater_is_better=True, valid_share=0.25)
    return best.rollout, reason


def test_a_clearly_better_pipeline_wins_however_complex():
    rollout, reason = chosen(
        finalist(4, (0.90, 0.91, 0.90, 0.91), n_insights=4),
        finalist(2, (0.80, 0.81, 0.81, 0.80), n_insights=1),
    )

    assert rollout == 4
    assert "best of 2" in reason


def test_among_equals_the_simpler_is_taken_and_the_choice_explained():
    rollout, reason = chosen(
        finalist(4, (0.90, 0.80, 0.85, 0.88), n_insights=4),
        finalist(2, (0.86, 0.84, 0.86, 0.86), n_insights=1),
    )

    assert rollout == 2
    assert "within one standard error" in reason
    assert "1 insight instead of 4" in reason


def test_among_equals_as_simple_the_faster_is_taken():
    rollout, reason = chosen(
        finalist(4, (0.90, 0.80, 0.85, 0.88), fit_seconds=9.0),
        finalist(2, (0.86, 0.84, 0.86, 0.86), fit_seconds=1.0),
    )

    assert rollout == 2
    assert "1 s for a fit instead of 9 s" in reason


def test_the_baseline_is_taken_where_nothing_is_gained():
    rollout, reason = chosen(
        finalist(4, (0.90, 0.80, 0.85, 0.88), n_insights=4),
        finalist(1, (0.86, 0.84, 0.86, 0.86), n_insights=0),
    )

    assert rollout == 1
    assert "within half a standard error" in reason and "the baseline" in reason


def test_the_baseline_is_not_taken_for_being_simple_when_it_is_behind():
    rollout, _ = chosen(
        finalist(4, (0.90, 0.82, 0.88, 0.90), n_insights=4),
        finalist(1, (0.86, 0.81, 0.86, 0.86), n_insights=0),
    )

    assert rollout == 4


def test_one_fold_makes_no_equals():
    best, _ = choose(
        [Finalist(4, (), (0.9,), 4, 1.0), Finalist(2, (), (0.8,), 1, 1.0)],
        greater_is_better=True,
        valid_share=0.25,
    )

    assert best.rollout == 4
