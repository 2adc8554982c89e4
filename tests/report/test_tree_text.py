from dataclasses import replace

from sela.live.answers import NodeAnswer
from sela.report.tree import tree_text
from tests.report.example import nodes, search


def node(id: int, parent: int | None, depth: int, **changes: object) -> NodeAnswer:
    stages = (
        None,
        "eda",
        "data_preprocessing",
        "feature_engineering",
        "model_training",
        "model_evaluation",
    )
    plain = NodeAnswer(
        id, parent, depth, stages[depth], None, "as is", "playbook", 1, 0.7, 0.7, 0, False
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def chain(start: int, parent: int, depth: int, **changes: object) -> list[NodeAnswer]:
    """As-is nodes from `depth` to the last stage."""
    return [
        node(start + i, parent if i == 0 else start + i - 1, depth + i, **changes)
        for i in range(6 - depth)
    ]


def test_the_best_path_is_starred_and_every_line_has_score_and_id() -> None:
    text = tree_text(nodes(), search(), 100)

    starred = [line for line in text.splitlines() if line.startswith("★")]
    assert len(starred) == 5
    assert "Average five fits" in starred[-1] and "0.799" in starred[-1] and "#12" in starred[-1]
    assert all("#" in line for line in text.splitlines()[2:])


def test_the_head_tells_the_task_the_progress_and_the_gain() -> None:
    head = tree_text(nodes(), search(), 100).splitlines()[:2]

    assert head[0] == "Search credit-7f: credit-g.csv, class by ROC AUC (higher is better)"
    assert "20 of 20 rollouts (2 failed)" in head[1] and "(+0.020)" in head[1]


def test_no_line_is_wider_than_asked() -> None:
    for width in (60, 80, 120):
        assert max(map(len, tree_text(nodes(), search(), width).splitlines()[2:])) <= width


def test_a_long_tree_is_cut_to_its_best_branches_with_a_message() -> None:
    text = tree_text(nodes(), search(), 80, max_chars=1000)

    assert len(text) <= 1000
    assert "Average five fits" in text and "★" in text
    assert "weaker branches left out" in text.splitlines()[-1]


def test_stages_left_as_they_are_are_folded_into_one_line() -> None:
    tree = [node(0, None, 0, visits=2, text="root"), *chain(1, 0, 1)]
    tree += [node(9, 4, 5, insight_id="me1", text="calibrate")]

    lines = tree_text(tree, search(), 90).splitlines()[2:]

    assert [line.split("  ", 2)[-1].strip() for line in lines] == [
        "0.700  start  #0 ×2",
        "0.700  ├─ all as is: the baseline  #5 ×1",
        "0.700  └─ evaluation: calibrate  #9 ×1",
    ]


def test_failed_nodes_say_so_and_untried_ones_are_counted() -> None:
    failed = {"best_score": None, "mean_score": None, "failures": 1}
    tree = [
        node(0, None, 0, visits=2, text="root"),
        *chain(1, 0, 1),
        node(8, 0, 1, insight_id="eda1", text="look", **failed),
        node(9, 0, 1, insight_id="eda2", text="never", visits=0, best_score=None, mean_score=None),
    ]

    text = tree_text(tree, search(), 90)

    assert "failed  └─ EDA: look" in text
    assert "1 untried" in text.splitlines()[2]
    assert "never" not in text


def test_a_tree_without_rollouts_is_a_head_and_a_word() -> None:
    empty = replace(search(), rollouts_done=0, failed_rollouts=0, best_score=None, task=None)

    assert tree_text((), empty).splitlines()[-1] == "(no rollout has ended yet)"
    untouched = [node(0, None, 0, visits=0, best_score=None, mean_score=None)]
    assert "no rollout" in tree_text(untouched, empty)


def test_text_with_line_breaks_stays_on_its_line() -> None:
    tree = [
        node(0, None, 0),
        node(1, 0, 1, insight_id="x", text="a\nb\r\n\tc", is_on_best_path=True),
    ]

    assert "EDA: a b c" in tree_text(tree, search())
