import struct
import time
from dataclasses import replace
from itertools import pairwise

from sela.live.answers import NodeDetail
from sela.report.tree import tree_html, tree_png, tree_text
from sela.report.tree.layout import MIDDLE, SHADES, lay_out, scale_of
from sela.report.tree.pruning import prune
from tests.report.example import nodes, rollouts, search
from tests.report.reading import read_page


def test_no_two_nodes_share_a_spot_and_children_stand_right_of_their_parent() -> None:
    places = lay_out(nodes()).places

    spots = [(p.column, p.row) for p in places]
    assert len(set(spots)) == len(spots) == len(nodes())
    assert all(p.column == p.parent.column + 1 for p in places if p.parent)


def test_nodes_in_a_column_are_a_row_apart_so_that_labels_do_not_overlap() -> None:
    places = lay_out(nodes()).places

    for column in range(6):
        rows = sorted(p.row for p in places if p.column == column)
        assert all(below - above >= 1 for above, below in pairwise(rows))


def test_shades_stand_around_the_baseline_in_the_metrics_direction() -> None:
    scale = scale_of(nodes(), search())
    assert scale is not None and search().task is not None

    assert scale.shade(0.7987) == SHADES - 1
    assert scale.shade(0.7782) == MIDDLE
    assert scale.shade(0.5) == 0
    assert scale.shade(None) is None

    task = replace(search().task, greater_is_better=False)  # type: ignore[type-var]
    flipped = scale_of(nodes(), replace(search(), task=task))
    assert flipped is not None and flipped.shade(0.7987) == 0


def test_the_page_has_a_button_and_a_card_for_each_node() -> None:
    page = read_page(tree_html(nodes(), search()))

    buttons = [v for t, n, v in page.attributes if n == "data-node"]
    cards = [v for t, n, v in page.attributes if t == "article" and n == "id"]
    assert len(buttons) == len(nodes())
    assert {f"node-{b}" for b in buttons} == set(cards)


def test_the_page_runs_only_its_own_script_and_loads_nothing() -> None:
    page = read_page(tree_html(nodes(), search()))

    policy = next(v for _, n, v in page.attributes if n == "content" and "default-src" in v)
    assert "default-src 'none'" in policy and "script-src 'sha256-" in policy
    assert page.tags.count("script") == 1
    assert not [a for a in page.attributes if a[1] in ("src", "href", "srcset", "xlink:href")]


def test_details_bring_code_rollouts_and_failures_onto_the_cards() -> None:
    failed = next(r for r in rollouts() if r.experiment.failure)
    node = next(n for n in nodes() if n.failures)
    detail = NodeDetail(node, "def build(profile):\n    return '</script><b>'\n", (failed,))

    text = read_page(tree_html(nodes(), search(), {node.id: detail})).text

    assert "return '</script><b>'" in text
    assert "Rollout 9: raised an error" in text


def test_hostile_texts_stay_texts() -> None:
    hostile = [replace(n, text="<img src=x onerror=alert(1)>", plan='"><script>') for n in nodes()]

    page = read_page(tree_html(hostile, replace(search(), dataset="/x/<svg onload=1>.csv")))

    assert "img" not in page.tags and page.tags.count("script") == 1
    assert not [a for a in page.attributes if a[1].startswith("on")]


def test_an_empty_tree_is_a_page_and_a_picture_too() -> None:
    empty = replace(search(), best_score=None, baseline_score=None, task=None)

    assert "No rollout has ended yet" in read_page(tree_html((), empty)).text
    assert tree_png((), empty).startswith(b"\x89PNG")


def test_the_picture_of_sixty_nodes_has_room_for_every_row() -> None:
    picture = tree_png(nodes(), replace(search(), dataset="prices_in_$_and_$.csv"))

    width, height = struct.unpack(">II", picture[16:24])
    assert picture.startswith(b"\x89PNG")
    assert width >= 800 and height >= 50 * lay_out(nodes()).rows


def test_pruning_keeps_the_best_leaves_with_their_paths() -> None:
    pruned = prune(nodes(), search(), 4)

    assert pruned.left_out == 16
    kept = {n.id for n in pruned.nodes}
    assert all(n.parent in kept for n in pruned.nodes if n.parent is not None)
    leaves = [n for n in pruned.nodes if n.id not in {m.parent for m in pruned.nodes}]
    assert sorted(n.best_score or 0.0 for n in leaves) == [0.7944, 0.7958, 0.7969, 0.7987]
    assert [n.id for n in pruned.nodes] == sorted(kept), "still depth first"


def test_a_large_tree_is_drawn_in_little_time_and_space() -> None:
    root, first = nodes()[:2]
    wide = [replace(root, visits=1500)]
    for i in range(1, 3001, 2):
        wide.append(replace(first, id=i, parent=0, insight_id=f"e{i}", text="an idea " * 9))
        wide.append(replace(first, id=i + 1, parent=i, depth=2, insight_id=f"d{i}"))

    started = time.process_time()
    text = tree_text(wide, search(), 100, 6000)
    picture = tree_png(wide, search())

    assert time.process_time() - started < 10
    assert len(text) <= 6000 and struct.unpack(">I", picture[20:24])[0] < 8000
