import pytest

from sandboxes.base import Outcome, Sandbox
from sandboxes.pool import KernelPool

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_variables_stay_for_the_next_cell(sandbox: Sandbox):
    await sandbox.run("x = 41")

    assert (await sandbox.run("x + 1")).text == "42\n"


async def test_printed_and_shown_come_back_with_the_cell(sandbox: Sandbox):
    code = """
import base64
from IPython.display import display, Image
print("hello")
display(Image(data=base64.b64decode("iVBORw0KGgo="), format="png"))
"""
    result = await sandbox.run(code)

    assert (result.outcome, result.text) == (Outcome.OK, "hello\n")
    assert [d.data for d in result.displays] == [b"\x89PNG\r\n\x1a\n"]


async def test_a_cell_that_raises_is_a_result(sandbox: Sandbox):
    result = await sandbox.run("1 / 0")

    assert result.outcome is Outcome.ERROR
    assert result.error is not None
    assert result.error.type == "ZeroDivisionError"
    assert "1 / 0" in result.error.traceback
    assert sandbox.is_alive


@pytest.mark.parametrize(
    "code",
    [
        "import time\ntime.sleep(1234)",
        "while True: pass",
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\nwhile True: pass",
    ],
)
async def test_a_cell_past_its_time_is_interrupted_and_its_state_kept(sandbox: Sandbox, code: str):
    await sandbox.run("x = 42")
    result = await sandbox.run(code, timeout_seconds=0.5)

    assert result.outcome is Outcome.TIMED_OUT
    assert result.seconds < 3
    assert (await sandbox.run("x")).text == "42\n"


@pytest.mark.parametrize(
    "code",
    [
        "import time\nwhile True:\n    try: time.sleep(1234)\n    except BaseException: pass",
        pytest.param(
            "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
            marks=pytest.mark.slow,
        ),
    ],
)
async def test_a_cell_that_cannot_be_interrupted_is_killed(sandbox: Sandbox, code: str):
    result = await sandbox.run(code, timeout_seconds=0.3)

    assert result.outcome is Outcome.TIMED_OUT
    assert result.seconds < 7
    assert not sandbox.is_alive


async def test_there_is_no_standard_input(sandbox: Sandbox):
    result = await sandbox.run("input()")

    assert result.error is not None
    assert result.error.type == "StdinNotImplementedError"
    assert (await sandbox.run("1")).text == "1\n"


@pytest.mark.parametrize("code", ["import os; os._exit(3)", "import ctypes; ctypes.string_at(0)"])
async def test_a_dead_kernel_is_noticed_at_once(sandbox: Sandbox, code: str):
    result = await sandbox.run(code)

    assert result.outcome is Outcome.KILLED
    assert result.seconds < 2
    assert not sandbox.is_alive


@pytest.mark.parametrize(
    "code",
    [
        "print('x' * 1_000_000)",
        "while True: print('x' * 1000)",
        pytest.param(
            "from IPython.display import display, Image\n"
            "display(Image(data=b'\\x89PNG' + bytes(30_000_000), format='png'))",
            marks=pytest.mark.slow,
        ),
        pytest.param("'x' * 50_000_000", marks=pytest.mark.slow),
        "while True: print('x', flush=True)",
    ],
)
async def test_a_cell_that_publishes_too_much_ends_with_the_limit(sandbox: Sandbox, code: str):
    result = await sandbox.run(code, timeout_seconds=20)

    assert result.outcome is Outcome.OUTPUT_LIMIT
    assert len(result.text) <= 64 * 1024


async def test_malformed_messages_are_dropped(sandbox: Sandbox):
    code = """
kernel = get_ipython().kernel
for parts in ([b"x"], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"bad", b"{", b"{}", b"{}", b"{}"]):
    kernel.iopub_socket.send_multipart(parts)
print("fine")
"""
    result = await sandbox.run(code)

    assert (result.outcome, result.text) == (Outcome.OK, "fine\n")


async def test_a_message_of_endless_parts_is_refused(sandbox: Sandbox):
    code = "get_ipython().kernel.iopub_socket.send_multipart([b'x'] * 5000)\nprint('sent')"

    assert (await sandbox.run(code)).outcome is Outcome.OUTPUT_LIMIT


async def test_a_forged_reply_only_ends_its_own_cell(sandbox: Sandbox):
    code = """
kernel = get_ipython().kernel
parent = kernel.get_parent("shell")
for _ in range(3):
    kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent=parent)
    kernel.session.send(kernel.iopub_socket, "stream", {"name": 7, "text": ["not", "text"]}, parent)
    kernel.session.send(kernel.iopub_socket, "error", {"traceback": 5}, parent)
    kernel.session.send(kernel.iopub_socket, "display_data", {"data": {"image/png": 7}}, parent)
"""
    assert (await sandbox.run(code)).outcome in (Outcome.OK, Outcome.ERROR)
    assert (await sandbox.run("40 + 2")).text.endswith("42\n")


async def test_a_kernel_that_ran_a_cell_serves_nobody_else(pool: KernelPool):
    async with pool.lease() as first:
        await first.run("x = 1")
    async with pool.lease() as second:
        assert second is not first
        assert not first.is_alive


async def test_a_kernel_that_ran_jobs_serves_the_next(pool: KernelPool):
    from tests.sandboxes.jobs import printed

    async with pool.lease() as first:
        await printed(first, "print(1)")
    async with pool.lease() as second:
        assert second is first
