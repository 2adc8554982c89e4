import pytest

from sandboxes.base import Outcome, Sandbox
from tests.sandboxes.jobs import printed, run, run_body

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENDLESS = {
    "sleeps": "import time\ntime.sleep(1234)",
    "computes": "while True: pass",
    "swallows every exception": """
        import time
        while True:
            try: time.sleep(1234)
            except BaseException: pass
    """,
    "ignores signals": """
        import signal
        for n in set(signal.valid_signals()) - {9, 19}:
            try: signal.signal(n, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True: pass
    """,
    "stays in C": "import numpy\nx = numpy.ones((200, 200))\nwhile True: x = x @ x * 1e-3",
}
DEATHS = {
    "exits": "import os\nos._exit(0)",
    "exits with a status": "import os\nos._exit(3)",
    "raises SystemExit": "import sys\nsys.exit(0)",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "kills itself": "import os\nos.kill(os.getpid(), 9)",
    "aborts": "import os\nos.abort()",
}
FULL = {
    "memory in one piece": ("bytearray(3 << 30)", Outcome.OUT_OF_MEMORY),
    "memory piece by piece": (
        "x = []\nwhile True: x.append(bytearray(1 << 20))",
        Outcome.OUT_OF_MEMORY,
    ),
    "a large file": ("open('f', 'wb').write(bytes(9 << 20))", Outcome.DISK_LIMIT),
    "much text": ("print('x' * 100_000)", Outcome.OUTPUT_LIMIT),
    "endless text": ("while True: print('x' * 1000)", Outcome.OUTPUT_LIMIT),
    "text from a child": ("import os\nos.system('yes')", Outcome.OUTPUT_LIMIT),
}


@pytest.mark.parametrize("how", ENDLESS)
async def test_an_endless_job_times_out_and_the_next_runs(sandbox: Sandbox, how: str):
    result = await run_body(sandbox, ENDLESS[how], seconds=0.5)

    assert result.outcome is Outcome.TIMED_OUT
    assert 0.5 <= result.seconds < 3
    assert await printed(sandbox, "print('still here')") == "still here"


async def test_an_endless_answer_times_out(sandbox: Sandbox):
    source = "def prepare(i): pass\ndef answer(state, q):\n    while True: pass"

    assert (await run(sandbox, source, b"a", seconds=0.5)).outcome is Outcome.TIMED_OUT


@pytest.mark.parametrize("how", DEATHS)
async def test_a_job_that_dies_is_killed_and_the_next_runs(sandbox: Sandbox, how: str):
    assert (await run_body(sandbox, DEATHS[how])).outcome is Outcome.KILLED
    assert await printed(sandbox, "print('still here')") == "still here"


@pytest.mark.parametrize("how", DEATHS)
async def test_an_answer_that_dies_kills_the_job(sandbox: Sandbox, how: str):
    body = "".join(f"    {line}\n" for line in DEATHS[how].splitlines())
    result = await run(sandbox, f"def prepare(i): pass\ndef answer(s, q):\n{body}", b"a")

    assert result.outcome is Outcome.KILLED


@pytest.mark.parametrize("what", FULL)
async def test_a_job_that_takes_too_much_ends_with_the_limit(sandbox: Sandbox, what: str):
    body, outcome = FULL[what]

    assert (await run_body(sandbox, body)).outcome is outcome


async def test_text_is_kept_up_to_the_limit(sandbox: Sandbox):
    result = await run_body(sandbox, "print('begin' + 'x' * 100_000)")

    assert result.text.startswith("beginxxx")
    assert len(result.text) == 64 * 1024


@pytest.mark.parametrize("part", ["outputs", "answers"])
async def test_a_result_past_its_limit_is_refused(sandbox: Sandbox, part: str):
    source = f"""
        class State:
            outputs = {{"x": bytes(2 << 20)}} if {part == "outputs"} else {{}}
        def prepare(inputs): return State()
        def answer(state, question): return bytes(2 << 20)
    """
    assert (await run(sandbox, source, b"q")).outcome is Outcome.OUTPUT_LIMIT


async def test_a_fork_bomb_runs_against_a_limit(sandbox: Sandbox):
    if sandbox.tier != "A":
        pytest.skip("the limit is coarse outside a user namespace; the watchdog counts there")
    body = """
        import os, time
        count = 0
        try:
            while True:
                if os.fork() == 0: time.sleep(1234)
                count += 1
        except BlockingIOError: print(count < 40 + 24)
    """
    assert await printed(sandbox, body) == "True"
