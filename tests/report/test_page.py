from dataclasses import replace

import pytest

from sela.design.insight import Insight
from sela.evaluation.diagnostics import Confusion, Diagnostics, Importance
from sela.evaluation.estimate import Member
from sela.live.answers import Finding
from sela.problem.task import Task
from sela.report.content import ReportContent
from sela.report.html import render_report
from tests.report.example import final, residual_diagnostics, rollouts
from tests.report.reading import Page, read_page

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\x00'


def read(content: ReportContent) -> Page:
    return read_page(render_report(content))


def test_the_answer_comes_first_with_both_numbers_and_their_intervals(
    content: ReportContent,
) -> None:
    text = read(content).text
    opening = text[: text.index("The numbers")]

    for part in ("Better than the baseline", "0.793", "0.741 to 0.839", "+0.024",
                 "+0.005 to +0.043",
                 "200 sealed rows, used once", "sandbox tier A", "2 failed"):  # fmt: skip
        assert part in opening


def test_the_page_has_every_section(content: ReportContent) -> None:
    text = read(content).text

    for title in ("The numbers", "Score over rollouts", "The search tree", "Which insights helped",
                  "Which columns it uses", "Confusion matrix", "Choice of the cut-off", "ROC curve",
                  "Precision and recall", "Calibration", "What the audit of the data found",
                  "How it was evaluated", "The code"):  # fmt: skip
        assert title in text


def test_the_page_loads_nothing_and_runs_nothing(content: ReportContent) -> None:
    html = render_report(content)
    page = read_page(html)

    assert "script" not in page.tags and "link" not in page.tags and "url(" not in html
    assert not [a for a in page.attributes if a[1] in ("src", "href", "srcset")]
    policy = next(v for _, n, v in page.attributes if n == "content" and "default-src" in v)
    assert "default-src 'none'" in policy and "script-src 'none'" in policy


def test_every_picture_tells_what_it_shows(content: ReportContent) -> None:
    html = render_report(content)

    assert html.count("<svg") == html.count('role="img"') >= 7
    assert html.count("<svg") <= html.count("<title>") - 1
    for drawing in html.split("<svg")[1:]:
        assert drawing.split(">", 1)[1].startswith("<title>")


def test_no_real_gain_is_said_on_the_first_screen(content: ReportContent) -> None:
    text = read(replace(content, final=final(is_real_gain=False, gain=0.001))).text

    assert "No real gain over the baseline" in text[: text.index("The numbers")]
    assert "Better than the baseline" not in text


def test_a_second_use_of_the_sealed_rows_is_told_where_the_number_is(
    content: ReportContent,
) -> None:
    text = read(replace(content, final=final(test_uses=2))).text

    assert "200 sealed rows, used 2 times" in text[: text.index("The numbers")]
    assert "makes the test score more optimistic" in text


def test_a_search_that_is_not_finalized_says_that_its_score_is_optimistic(
    content: ReportContent,
) -> None:
    text = read(replace(content, final=None, diagnostics=None)).text

    assert "Not finalized" in text
    assert "optimistic" in text[: text.index("Score over rollouts")]
    assert "The numbers" not in text


def test_a_search_with_failures_only_shows_them(content: ReportContent) -> None:
    failed = tuple(r for r in rollouts() if r.experiment.failure)
    nothing = replace(content.search, best_score=None, baseline_score=None, best_rollout=None)

    text = read(
        ReportContent(search=nothing, task=content.task, rollouts=failed, nodes=content.nodes)
    ).text

    assert "No pipeline yet" in text
    assert "ran out of time" in text and "ValueError: Input X contains NaN" in text


def test_a_search_without_anything_is_a_page(content: ReportContent) -> None:
    bare = replace(content.search, best_score=None, baseline_score=None, best_rollout=None,
                   findings=(), folds="", rollouts_done=0,
                   message="The file is empty.")  # fmt: skip

    text = read(ReportContent(search=bare, task=content.task)).text

    assert "The file is empty." in text and "found nothing" in text


def test_without_sealed_rows_the_fresh_folds_stand_in_their_place(content: ReportContent) -> None:
    without = final(test_score=None, test_interval=None, baseline_test_score=None, gain=None,
                    gain_interval=None, optimism_gap=None, n_test=0)  # fmt: skip

    text = read(replace(content, final=without)).text

    assert "ROC AUC on fresh folds" in text and "sealed rows, used" not in text


def test_a_regression_shows_residuals_and_the_unit(content: ReportContent) -> None:
    task = Task("regression", "quality", "rmse", False)
    search = replace(content.search, task=task)

    text = read(replace(content, task=task, search=search, diagnostics=residual_diagnostics())).text

    assert "Predicted and actual" in text and "Residuals" in text
    assert "lower is better, in units of quality" in text
    assert "Confusion matrix" not in text


def test_what_racing_saved_is_told(content: ReportContent) -> None:
    text = read(content).text

    assert "2 candidates stopped early" in text
    assert "48 of 200 fits saved" in text


def test_the_finalists_and_the_latency_are_told(content: ReportContent) -> None:
    text = read(content).text

    assert "It predicts in 0.42 ms per row." in text
    assert "The finalists" in text and "0.791" in text


def test_an_ensemble_names_its_members_and_weights(content: ReportContent) -> None:
    blend = final(chosen="ensemble", members=(Member(12, 0.6), Member(6, 0.4)))

    text = read(replace(content, final=blend)).text

    assert "60 % rollout 12" in text and "40 % rollout 6" in text


@pytest.mark.parametrize("place", ["names", "audit", "code", "statement", "diagnostics"])
def test_hostile_values_stay_text(content: ReportContent, place: str) -> None:
    pages = {
        "names": replace(
            content,
            task=Task("binary", HOSTILE, HOSTILE, True, (HOSTILE, "b")),
            search=replace(content.search, dataset=HOSTILE, designer=HOSTILE, message=HOSTILE),
            insights=(Insight("fe-ratio", "feature_engineering", HOSTILE, HOSTILE),),
            description=HOSTILE,
            versions={HOSTILE: HOSTILE},
        ),
        "audit": replace(
            content,
            search=replace(
                content.search,
                findings=(Finding(HOSTILE, (HOSTILE,), HOSTILE, HOSTILE, HOSTILE, "alarm"),),
            ),
        ),
        "code": replace(content, code=(("model_training", HOSTILE),)),
        "statement": replace(content, final=final(statement=HOSTILE, choice_reason=HOSTILE)),
        "diagnostics": replace(
            content,
            diagnostics=Diagnostics(
                (Importance(HOSTILE, 0.1, 0.01),), Confusion((HOSTILE, "b"), ((1, 2), (3, 4)))
            ),
        ),
    }

    page = read(pages[place])

    assert "script" not in page.tags and "img" not in page.tags
    assert not [a for a in page.attributes if a[1].startswith("on")]
    assert "alert(1)" in page.text or place == "names"
    assert "\x00" not in page.text


def test_many_classes_are_cut_with_a_word(content: ReportContent) -> None:
    names = tuple(f"class {i}" for i in range(30))
    counts = tuple(tuple(i * j for j in range(30)) for i in range(30))

    text = read(replace(content, diagnostics=Diagnostics(confusion=Confusion(names, counts)))).text

    assert "18 further classes are left out" in text


def test_a_search_without_walls_is_marked(content: ReportContent) -> None:
    html = render_report(replace(content, search=replace(content.search, sandbox_tier="none")))

    assert '<li class="warn">no sandbox</li>' in html
    assert "could have read whatever its user can" in read_page(html).text
