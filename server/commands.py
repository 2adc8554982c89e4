"""The commands that need an engine: run, list, tree, best, predict."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from argparse import Namespace
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sela.engine import Engine
from sela.errors import RequestError, SelaError
from sela.live.answers import BestAnswer, SearchAnswer
from sela.live.request import SearchRequest
from sela.report.tree.text import tree_text
from server import output
from server.app import BuildEngine
from server.interrupt import InterruptedSearchError, until_interrupted
from server.screen import Screen, choose_screen
from server.settings import Settings

Result = tuple[str, dict[str, Any]]
"""The text for a person, and the object for a script."""

DEFAULT_ROLLOUTS = 20


async def run_command(args: Namespace, settings: Settings, build: BuildEngine) -> int:
    """Run one command with an engine of its own, and print its result."""
    commands = {"run": run, "list": list_, "tree": tree, "best": best, "predict": predict}
    # A library that prints must not spoil the one object on stdout.
    with contextlib.redirect_stdout(sys.stderr):
        engine = build(settings)
        try:
            text, data = await commands[args.command](engine, args)
        finally:
            await engine.close()
    print(json.dumps(data, ensure_ascii=False) if args.json else text)
    return 0


async def run(engine: Engine, args: Namespace) -> Result:
    """`sela run`: search to the end of the budget, then the honest number."""
    folder = export_folder(args)
    if args.resume is None:
        search = await engine.start_search(search_request(args))
    else:
        search = await resumed(engine, args.resume)
    with shown(args) as screen:
        screen.say(f"Search {search.search_id}: {search.dataset}")
        ended = await until_interrupted(engine.run_search(search.search_id, progress=screen.show))
        if ended is None:
            await engine.control(search.search_id, "pause")
            raise InterruptedSearchError(
                f"Paused. Go on with: sela run --resume {search.search_id}"
            )
        if ended.state == "failed":
            raise RequestError(ended.message or f"Search {search.search_id} failed.")
        answer = await finalized(engine, search.search_id, folder, args, screen)
    drawn = tree_text(await engine.tree(search.search_id), answer.search)
    return f"{drawn}\n\n{output.best_text(answer)}", output.run_object(answer)


async def resumed(engine: Engine, search_id: str) -> SearchAnswer:
    """A search that was paused, stopped or killed, ready to go on."""
    search = await engine.search(search_id)
    if search.state in ("paused", "stopped"):
        search = await engine.control(search_id, "resume")
    return search


async def finalized(
    engine: Engine, search_id: str, folder: Path | None, args: Namespace, screen: Screen
) -> BestAnswer:
    """The honest number, made now or known already, and the artefact when one is wanted."""
    answer = await engine.best(search_id)
    if answer.rollout is None:
        raise SelaError(
            f"Search {search_id} found no pipeline that works: all "
            f"{answer.search.failed_rollouts} rollouts failed. See: sela tree {search_id}"
        )
    if answer.final is not None and folder is None:
        return answer
    make_room(folder, args)
    return await engine.best(
        search_id, finalize=answer.final is None, output_dir=folder, progress=screen.say
    )


async def list_(engine: Engine, args: Namespace) -> Result:
    """`sela list`."""
    searches = await engine.searches()
    return output.list_text(searches), {"searches": [output.search_object(s) for s in searches]}


async def tree(engine: Engine, args: Namespace) -> Result:
    """`sela tree`: text, and a page or a picture when asked for."""
    search, nodes = await engine.search(args.id), await engine.tree(args.id)
    lines = [tree_text(nodes, search, max_chars=100_000)]
    if args.html:
        write(args.html, (await engine.tree_html(args.id)).encode())
        lines.append(f"Wrote {args.html}")
    if args.png:
        write(args.png, await engine.tree_png(args.id))
        lines.append(f"Wrote {args.png}")
    data = {**output.search_object(search), "nodes": [asdict(node) for node in nodes]}
    return "\n".join(lines), data


async def best(engine: Engine, args: Namespace) -> Result:
    """`sela best`: the best pipeline with its code; finalized and exported when asked for."""
    folder = export_folder(args)
    make_room(folder, args)
    with shown(args) as screen:
        answer = await engine.best(
            args.id,
            finalize=args.finalize or args.reopen is not None,
            output_dir=folder,
            reopen_reason=args.reopen,
            progress=screen.say,
        )
    code = "\n\n".join(f"# ---- {stage}.py\n{source.rstrip()}" for stage, source in answer.code)
    data = {**output.run_object(answer), "code": dict(answer.code)}
    return f"{code}\n\n{output.best_text(answer)}", data


async def predict(engine: Engine, args: Namespace) -> Result:
    """`sela predict`."""
    if Path(args.output).resolve() == Path(args.data).resolve():
        raise RequestError("--output would overwrite the data. Give another file.")
    answer = await engine.predict(args.source, args.data, args.output)
    return output.predict_text(answer), asdict(answer)


def search_request(args: Namespace) -> SearchRequest:
    """The request of `sela run`."""
    if args.data is None or args.target is None:
        raise RequestError("Give DATA and --target, or --resume ID. See: sela run --help")
    return SearchRequest(
        dataset=args.data,
        target=args.target,
        metric=args.metric,
        positive=args.positive,
        description=args.description,
        designer=args.designer,
        strategy=args.strategy,
        rollouts=args.rollouts or DEFAULT_ROLLOUTS,
        max_seconds=args.max_seconds,
        max_usd=args.max_usd,
        workers=args.workers,
        folds=args.folds,
        test_fraction=args.test_fraction,
        seed=args.seed,
        group=args.group,
        time=args.time,
        fold_column=args.fold_column,
        test_data=args.test_data,
        drop=tuple(args.drop),
        keep=tuple(args.keep),
        racing=args.racing,
    )


def export_folder(args: Namespace) -> Path | None:
    """The folder of `--export`, checked before any work is done for it."""
    folder: Path | None = args.export
    if folder is None:
        return None
    folder = folder.expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise RequestError(f"--export {folder} is a file. Give a folder.")
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / "scores.json").is_file():
            raise RequestError(f"--export {folder} holds other files. Give a new folder.")
        if not args.overwrite:
            raise RequestError(
                f"--export {folder} holds an earlier export. Give another or --overwrite."
            )
    return folder


def make_room(folder: Path | None, args: Namespace) -> None:
    """Take an earlier export away; `export_folder` saw that it is one."""
    if folder is not None and args.overwrite and folder.is_dir():
        shutil.rmtree(folder)


def write(path: Path, content: bytes) -> None:
    """Write a file, and say what is wrong when it cannot be."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise RequestError(f"{path} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def shown(args: Namespace) -> Generator[Screen]:
    """The screen that fits, closed at the end."""
    screen = choose_screen(is_quiet=args.quiet)
    try:
        yield screen
    finally:
        screen.close()
