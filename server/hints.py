"""What to do next: the last line of every answer, written for a model that knows nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sela.live.answers import BestAnswer, Need, SearchAnswer, StepAnswer

AGAIN = "Make the same call again with the same arguments: the work goes on meanwhile."
ENDED = ("finished", "stopped", "failed")


def after_preview() -> str:
    """After the ideas for a data set without a search."""
    return (
        "Call start_search with the same dataset and target. To bring ideas of your own, add "
        "them to the search with propose_insights(search_id=…, insights=[…])."
    )


def after_insights(search_id: str) -> str:
    """After ideas were added to a search."""
    return f'Call step_search(search_id="{search_id}") to try them.'


def after_search(search: SearchAnswer) -> str:
    """After start_search or control_search."""
    if search.state == "failed":
        return "Mend what the summary says, then call start_search again."
    if search.state in ("finished", "stopped"):
        return _best(search)
    if search.state == "paused":
        return after_pause(search.search_id)
    return f'Call step_search(search_id="{search.search_id}", rollouts=5, wait_seconds=20).'


def after_pause(search_id: str) -> str:
    """Until the user wants it to go on."""
    return (
        f'Call control_search(search_id="{search_id}", action="resume") when the user wants it '
        "to go on."
    )


def after_step(step: StepAnswer) -> str:
    """After step_search: answer a need, go on, or finish."""
    search = step.search
    if step.needs and search.state not in ENDED:
        return after_needs(search.search_id, step.needs)
    if search.state in ENDED:
        return after_search(search) if search.state == "failed" else _best(search)
    if search.state == "paused":
        return after_search(search)
    left = search.rollouts_budget - search.rollouts_done
    more = min(5, max(left, 1))
    return (
        f'Call step_search(search_id="{search.search_id}", rollouts={more}, wait_seconds=30) again '
        f"({left} rollouts left), or get_best_pipeline with finalize=true to end here."
    )


def after_needs(search_id: str, needs: Sequence[Need]) -> str:
    """How to answer what the search asks of the calling assistant."""
    forms = {need.kind: _answer_form(need) for need in reversed(needs)}
    items = ", ".join([*forms.values(), *(["…"] if len(needs) > len(forms) else [])])
    return (
        f'Answer and go on in one call: step_search(search_id="{search_id}", answer=[{items}]). '
        "To leave it to the built-in playbook, call step_search without an answer."
    )


def after_tree(search: SearchAnswer, cursor: str | None) -> str:
    """After a page of the tree."""
    call = f'get_tree(search_id="{search.search_id}"'
    more = f'Call {call}, cursor="{cursor}") for the rest. ' if cursor else ""
    return f"{more}Call {call}, node_id=N) for the code and the scores of node #N."


def after_node(search_id: str, node_id: int, cursor: str | None, *, is_full: bool) -> str:
    """After a page of one node."""
    call = f'get_tree(search_id="{search_id}", node_id={node_id}'
    detail = ', detail="full"' if is_full else ""
    if cursor:
        return f'Call {call}{detail}, cursor="{cursor}") for the rest.'
    if not is_full:
        return f'Call {call}, detail="full") for its printed output and tracebacks.'
    return f'Call step_search(search_id="{search_id}") to go on.'


def after_best(best: BestAnswer) -> str:
    """After get_best_pipeline: finalize, export, or tell the user."""
    search_id = best.search.search_id
    call = f'get_best_pipeline(search_id="{search_id}"'
    if best.rollout is None and best.final is None:
        return after_search(best.search)
    if best.final is None:
        return (
            f"Call {call}, finalize=true) for a score on sealed rows. It ends the search and can "
            f'be done once; before it, step_search(search_id="{search_id}") tries more.'
        )
    if best.export is None:
        return (
            "Tell the user the summary with its interval. For the fitted model and its code, call "
            f'{call}, output_dir="/absolute/new/folder").'
        )
    return (
        f'Tell the user the summary and the folder. For new data, call predict(search_id="'
        f'{search_id}", dataset=…, output_path=…).'
    )


def after_list(searches: Sequence[SearchAnswer]) -> str:
    """After list_searches."""
    if not searches:
        return "Call start_search(dataset=…, target=…) to make one."
    newest = searches[0].search_id
    return f'Call step_search(search_id="{newest}") to go on with one, or get_tree to see it.'


def _best(search: SearchAnswer) -> str:
    return f'Call get_best_pipeline(search_id="{search.search_id}", finalize=true).'


def _answer_form(need: Need) -> str:
    if need.kind == "insights":
        return f'{{"ticket": "{need.ticket}", "insights": [{{"stage": …, "text": …}}, …]}}'
    return f'{{"ticket": "{need.ticket}", "code": "…"}}'
