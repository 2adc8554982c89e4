"""What a cell publishes while it runs: text, displays, errors; bounded."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import zmq.asyncio
from jupyter_client.session import Session

from sandboxes.base import CellResult, Display, Outcome, RaisedError
from sandboxes.reading import MESSAGES, FloodError, receive

MESSAGE_BYTES = 64
"""What every message counts, so that many small ones have an end."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class CellOutput:
    """Collects until the kernel is idle again; FloodError past `most_bytes`."""

    def __init__(self, most_bytes: int) -> None:
        self._room = most_bytes
        self._text: list[str] = []
        self._displays: list[Display] = []
        self._error: RaisedError | None = None
        self._exit: Outcome | None = None

    async def collect(self, socket: zmq.asyncio.Socket, session: Session, request_id: str) -> None:
        """Read what is published about a request, up to its idle status."""
        for _ in range(MESSAGES):
            message, size = await receive(socket, session)
            self._take(MESSAGE_BYTES)
            if message is None:
                self._take(size)
            elif message.parent_id == request_id:
                if message.type == "status":
                    if message.content.get("execution_state") == "idle":
                        return
                else:
                    self._keep(message.type, message.content, size)
        raise FloodError

    def result(self, reply_outcome: Outcome | None, seconds: float) -> CellResult:
        """The cell's result; `reply_outcome` when the kernel or its time ended first."""
        outcome = reply_outcome or (Outcome.OK if self._error is None else _outcome(self._error))
        return CellResult(outcome, "".join(self._text), seconds, self._error, tuple(self._displays))

    def _keep(self, kind: str, content: dict[str, Any], size: int) -> None:
        if kind == "stream":
            self._take_text(str(content.get("text", "")))
        elif kind in ("display_data", "execute_result"):
            self._keep_bundle(content.get("data"), size)
        elif kind == "error":
            self._keep_error(content)
        else:
            self._take(min(size, 256))

    def _keep_bundle(self, data: object, size: int) -> None:
        if not isinstance(data, dict):
            return self._take(size)
        png = data.get("image/png")
        if isinstance(png, str):
            self._take(len(png) * 3 // 4)
            try:
                self._displays.append(Display("image/png", base64.b64decode(png)))
            except (binascii.Error, ValueError):
                return
        elif isinstance(data.get("text/plain"), str):
            self._take_text(data["text/plain"] + "\n")

    def _keep_error(self, content: dict[str, Any]) -> None:
        lines = content.get("traceback")
        lines = [str(line) for line in lines] if isinstance(lines, list) else []
        traceback = _COLOUR.sub("", "\n".join(lines))[-4000:]
        name, value = str(content.get("ename", "")), str(content.get("evalue", ""))
        self._error = RaisedError(name[:200], value[:2000], traceback)

    def _take_text(self, text: str) -> None:
        encoded = text.encode(errors="replace")
        kept = encoded[: max(self._room, 0)].decode(errors="ignore")
        self._text.append(kept)
        self._take(len(encoded))

    def _take(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise FloodError


def _outcome(error: RaisedError) -> Outcome:
    return Outcome.OUT_OF_MEMORY if error.type == "MemoryError" else Outcome.ERROR
