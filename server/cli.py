"""The command line. Results go to stdout, all else to stderr; `--json` prints one object."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from argparse import Namespace
from collections.abc import Sequence

from sandboxes.base import SandboxError
from sela.errors import RequestError, SandboxUnavailableError, SelaError
from server.app import BuildEngine, build_engine
from server.interrupt import InterruptedSearchError
from server.parser import make_parser
from server.settings import Settings, read_settings

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None, build: BuildEngine = build_engine) -> int:
    """Run one command; the exit code is 0 done, 1 could not, 2 wrong request, 130 interrupted."""
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        args = make_parser().parse_args(given)
        settings = read_settings(
            home=args.home, is_unsafe=args.unsafe, token_file=getattr(args, "token_file", None)
        )
        logging.basicConfig(level=settings.log_level, stream=sys.stderr)
        return _dispatch(args, settings, build)
    except SelaError as error:
        return _tell(error, is_json="--json" in given)
    except SandboxError as error:
        told = SandboxUnavailableError(f"No sandbox could be opened. See: sela doctor. {error}")
        return _tell(told, is_json="--json" in given)
    except KeyboardInterrupt:
        return INTERRUPTED


def serve_main() -> int:
    """The console script `sela-mcp`: the same as `sela serve`."""
    return main(["serve", *sys.argv[1:]])


def _dispatch(args: Namespace, settings: Settings, build: BuildEngine) -> int:
    """Import what the command needs, and no more: `serve` must start fast."""
    if args.command == "serve":
        from server.serving import serve

        return serve(args, settings, build)
    if args.command == "doctor":
        from server.doctor import doctor

        return doctor(args, settings)
    from server.commands import run_command

    return asyncio.run(run_command(args, settings, build))


def _tell(error: SelaError, *, is_json: bool) -> int:
    text = " ".join(str(error).split())
    if is_json:
        print(json.dumps({"error": text, "kind": type(error).__name__}, ensure_ascii=False))
    print(f"sela: {text}", file=sys.stderr)
    if isinstance(error, InterruptedSearchError):
        return INTERRUPTED
    return 2 if isinstance(error, RequestError) else 1
