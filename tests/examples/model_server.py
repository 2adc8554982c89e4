"""A model on a loopback port that speaks both protocols, and always means well."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.design import chat_server, messages_server

IDEA = {
    "stage": "model_training",
    "text": "The target looks linear: a ridge regression.",
    "rationale": "Few rows, smooth target.",
    "expected_gain": "high",
    "cost": "s",
}
CODE = """\
from sklearn.linear_model import Ridge


def build(profile):
    return Ridge()
"""


@contextmanager
def serving_model() -> Generator[tuple[str, list[str]]]:
    """The address of the model, and the paths it was asked at."""
    asked: list[str] = []

    class Model(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            asked.append(self.path)
            speaks = messages_server if self.path.endswith("/messages") else chat_server
            reply = speaks.said(answer_to(body))
            content = b"".join(reply.body)
            self.send_response(200)
            self.send_header("content-type", reply.headers.get("content-type", "application/json"))
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: a test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def answer_to(body: str) -> dict[str, Any]:
    """Ideas when the wanted schema has insights, else code."""
    given = json.loads(body)
    wanted = json.dumps(given.get("response_format") or given.get("output_config"))
    if '"insights"' in wanted:
        return {"insights": [IDEA]}
    return {"plan": "Fit a ridge regression.", "code": CODE}
