"""The command line's grammar."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from sela.errors import RequestError

AddParser = Callable[..., argparse.ArgumentParser]

DESIGNERS = "playbook, anthropic, openai, auto, or a chain such as anthropic,playbook"
STRATEGIES = ("guided", "mcts", "uct_dp", "greedy", "random", "none")


class Parser(argparse.ArgumentParser):
    """Raises RequestError instead of ending the process, so that `--json` can tell it."""

    def error(self, message: str) -> NoReturn:
        raise RequestError(f"{message}. See: {self.prog} --help")


def make_parser() -> Parser:
    """The whole grammar of `sela`."""
    parser = Parser(
        prog="sela",
        description="Designs machine-learning pipelines by tree search, and scores them honestly.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="one JSON object on stdout")
    common.add_argument("--home", type=Path, metavar="DIR", help="data folder (SELA_HOME)")
    common.add_argument(
        "--unsafe", action="store_true", help="run code although no strong sandbox is there"
    )
    _add_run(commands.add_parser, common)
    _add_serve(commands.add_parser, common)
    commands.add_parser("list", parents=[common], help="all searches, newest first")
    _add_tree(commands.add_parser, common)
    _add_best(commands.add_parser, common)
    _add_predict(commands.add_parser, common)
    commands.add_parser("doctor", parents=[common], help="what works here, and what would help")
    return parser


def _add_run(add: AddParser, common: Parser) -> None:
    run = add("run", parents=[common], help="search for the best pipeline")
    run.add_argument("data", nargs="?", metavar="DATA", help="CSV, TSV, gzip or Parquet file")
    run.add_argument("--target", metavar="T", help="the column to predict")
    run.add_argument("--resume", metavar="ID", help="go on with a search instead")
    task = run.add_argument_group("task")
    task.add_argument("--metric", metavar="M", help="such as f1, roc_auc, rmse; or a Python file")
    task.add_argument("--positive", metavar="LABEL", help="the label that f1 is about")
    task.add_argument("--description", default="", metavar="TEXT", help="what the data means")
    task.add_argument("--drop", action="append", default=[], metavar="COLUMN")
    task.add_argument("--keep", action="append", default=[], metavar="COLUMN", help="or *")
    search = run.add_argument_group("search")
    search.add_argument("--rollouts", type=positive_whole, metavar="N", help="default 20")
    search.add_argument("--max-seconds", type=positive, metavar="S")
    search.add_argument("--max-usd", type=not_negative, metavar="D", help="for models")
    search.add_argument("--designer", default="playbook", metavar="D", help=DESIGNERS)
    search.add_argument("--strategy", default="guided", choices=STRATEGIES)
    search.add_argument(
        "--no-racing", dest="racing", action="store_false", help="every candidate on every fold"
    )
    search.add_argument("--workers", type=positive_whole, default=1, metavar="W")
    search.add_argument("--seed", type=whole, default=0, metavar="N")
    splits = run.add_argument_group("splits")
    splits.add_argument("--folds", type=positive_whole, metavar="K")
    splits.add_argument("--test-fraction", type=fraction, default=0.2, metavar="F")
    splits.add_argument("--test-data", metavar="FILE", help="replaces the sealed part")
    splits.add_argument("--group", metavar="COLUMN", help="its rows stay together")
    splits.add_argument("--time", metavar="COLUMN", help="never fit on the future")
    splits.add_argument("--fold-column", metavar="COLUMN", help="names each row's fold")
    _add_export(run)
    run.add_argument("--quiet", action="store_true", help="no progress")


def _add_serve(add: AddParser, common: Parser) -> None:
    serve = add("serve", parents=[common], help="the MCP server, on stdio or HTTP")
    serve.add_argument("--http", metavar="HOST:PORT", help="streamable HTTP instead of stdio")
    serve.add_argument("--token-file", type=Path, metavar="F", help="bearer tokens for HTTP")
    serve.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="answer to this name too"
    )
    serve.add_argument(
        "--root",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="clients may only name paths in here (HTTP: the current folder by default)",
    )


def _add_tree(add: AddParser, common: Parser) -> None:
    tree = add("tree", parents=[common], help="see the tree of a search")
    tree.add_argument("id", metavar="ID")
    tree.add_argument("--html", type=Path, metavar="F", help="write it as a page")
    tree.add_argument("--png", type=Path, metavar="F", help="write it as a picture")


def _add_best(add: AddParser, common: Parser) -> None:
    best = add("best", parents=[common], help="the best pipeline of a search")
    best.add_argument("id", metavar="ID")
    best.add_argument("--finalize", action="store_true", help="score it on the sealed rows, once")
    best.add_argument("--reopen", metavar="REASON", help="use the sealed rows again; is recorded")
    best.add_argument("--quiet", action="store_true", help="no progress")
    _add_export(best)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--export", type=Path, metavar="DIR", help="write code, model, report")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier export")


def _add_predict(add: AddParser, common: Parser) -> None:
    predict = add("predict", parents=[common], help="predict new rows")
    predict.add_argument("source", metavar="DIR", help="an exported folder, or a search id")
    predict.add_argument("data", metavar="DATA")
    predict.add_argument("--output", required=True, metavar="CSV")


def whole(text: str) -> int:
    """A whole number, 0 or more."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def positive_whole(text: str) -> int:
    """A whole number, 1 or more."""
    if whole(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is less than 1")
    return int(text)


def not_negative(text: str) -> float:
    """A finite number, 0 or more."""
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 0 or more")
    return value


def positive(text: str) -> float:
    """A finite number above 0."""
    if (value := not_negative(text)) == 0:
        raise argparse.ArgumentTypeError("it must be more than 0")
    return value


def fraction(text: str) -> float:
    """A share of the rows."""
    if not 0.05 <= (value := not_negative(text)) <= 0.5:
        raise argparse.ArgumentTypeError(f"{text!r} is not from 0.05 to 0.5")
    return value
