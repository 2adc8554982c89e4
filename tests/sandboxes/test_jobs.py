import asyncio

import pytest

from sandboxes.base import Job, Outcome, Sandbox
from sandboxes.kernel import KernelSandbox
from sandboxes.pool import KernelPool
from sandboxes.usage import tree
from tests.sandboxes.jobs import printed, run, run_body

pytestmark = pytest.mark.asyncio(loop_scope="session")

ECHO = """
    class State:
        outputs = {"size": b"5", "empty": b""}

    def prepare(inputs):
        state = State()
        state.data = inputs["data"]
        print("prepared", len(state.data))
        return state

    def answer(state, question):
        print("asked", question[:3])
        return question + b" " + state.data
"""


async def test_a_job_prepares_once_and_answers_each_question(sandbox: Sandbox):
    result = await run(sandbox, ECHO, b"a", b"", b"c" * 200_000)

    assert result.outcome is Outcome.OK
    assert result.answers == (b"a 12345", b" 12345", b"c" * 200_000 + b" 12345")
    assert result.outputs == {"size": b"5", "empty": b""}
    assert result.text.startswith("prepared 5\nasked b'a'\nasked b''\nasked b'ccc'\n")
    assert len(result.answer_seconds) == 3
    assert 0 < result.cpu_seconds < 10
    assert result.error is None


async def test_a_job_without_questions_needs_no_answer(sandbox: Sandbox):
    result = await run_body(sandbox, "print(inputs['data'])")

    assert (result.outcome, result.text, result.answers) == (Outcome.OK, "b'12345'\n", ())


async def test_a_job_may_enter_a_package_that_the_pool_shows(sandbox: Sandbox):
    job = Job("tests.sandboxes.greeter", inputs={"name": b"Ada"}, questions=(b"hello",))

    assert (await sandbox.run_job(job)).answers == (b"Ada hello",)


async def test_the_rest_of_the_checkout_cannot_be_imported(sandbox: Sandbox):
    if sandbox.tier == "none":
        pytest.skip("without a wall everything can be read")
    result = await run_body(sandbox, "import sela.errors")

    assert result.error is not None
    assert result.error.type in ("ModuleNotFoundError", "PermissionError")


async def test_modules_of_a_job_import_each_other(sandbox: Sandbox):
    modules = {
        "stages.one": "VALUE = 42",
        "entry": "from stages.one import VALUE\ndef prepare(inputs):\n    print(VALUE)",
    }

    assert (await sandbox.run_job(Job("entry", modules))).text == "42\n"


async def test_an_error_is_told_with_the_lines_of_the_job(sandbox: Sandbox):
    result = await run(sandbox, "def prepare(inputs):\n    raise ValueError('too bad')")

    assert result.outcome is Outcome.ERROR
    assert result.error is not None
    assert (result.error.type, result.error.message) == ("ValueError", "too bad")
    assert "raise ValueError('too bad')" in result.error.traceback
    assert "child.py" not in result.error.traceback


async def test_an_error_in_an_answer_ends_the_job(sandbox: Sandbox):
    source = "def prepare(i): pass\ndef answer(state, q): return q * (1 // (q != b'b'))"
    result = await run(sandbox, source, b"a", b"b", b"c")

    assert result.error is not None
    assert result.error.type == "ZeroDivisionError"
    assert result.answers == ()


async def test_an_error_of_a_shown_package_keeps_its_own_lines(sandbox: Sandbox):
    job = Job("tests.sandboxes.greeter", inputs={"name": b"nobody"})
    result = await sandbox.run_job(job)

    assert result.error is not None
    assert result.error.message == "there is nobody to greet"
    assert "LookupError" in result.error.traceback


async def test_an_entry_that_does_not_compile_is_an_error(sandbox: Sandbox):
    result = await run(sandbox, "def prepare(:")

    assert (result.outcome, result.error and result.error.type) == (Outcome.ERROR, "SyntaxError")


async def test_preparing_cannot_see_the_questions(sandbox: Sandbox):
    source = """
        import gc, os, select

        def prepare(inputs):
            found = []
            for descriptor in range(3, 64):
                try:
                    ready = select.select([descriptor], [], [], 0)[0]
                except OSError:
                    continue
                if ready:
                    found.append(os.read(descriptor, 1000))
            texts = [str(o) for o in gc.get_objects() if isinstance(o, (bytes, list, tuple))]
            needle = "".join(reversed("terces"))
            print(found, [text for text in texts if needle in text])

        def answer(state, question):
            return question
    """
    result = await run(sandbox, source, b"secret")

    assert (result.text, result.answers) == ("[] []\n", (b"secret",))


async def test_an_answer_leaves_nothing_for_the_next(sandbox: Sandbox):
    source = """
        import os
        seen = []

        def prepare(inputs):
            return seen

        def answer(state, question):
            seen.append(question)
            open("note", "ab").write(question)
            return b",".join(state) + open("note", "rb").read()
    """
    assert (await run(sandbox, source, b"a", b"b")).answers == (b"aa", b"bb")


async def test_a_job_finds_no_module_or_file_of_the_last(sandbox: Sandbox):
    await run_body(sandbox, "import sys, numpy\nnumpy.leak = 1\nopen('leak', 'w').write('x')")

    body = "import os, numpy\nprint(hasattr(numpy, 'leak'), sorted(os.listdir('.')))"
    assert await printed(sandbox, body) == "False ['.matplotlib', 'tmp']"


async def test_a_job_finds_no_shared_memory_of_the_last(sandbox: Sandbox):
    if sandbox.tier == "none":
        pytest.skip("without a wall the machine's own is used")
    await run_body(sandbox, "open('/dev/shm/leak', 'w').write('x')")

    body = """
        import os
        try: print(os.listdir('/dev/shm'))
        except PermissionError: print([])
    """
    assert await printed(sandbox, body) == "[]"


async def test_a_process_that_a_job_left_is_gone_before_its_result(sandbox: Sandbox):
    body = """
        import os, time
        for new_session in (False, True):
            if os.fork() == 0:
                if new_session:
                    os.setsid()
                if os.fork() == 0:
                    time.sleep(1234)
                os._exit(0)
    """
    assert isinstance(sandbox, KernelSandbox)
    before = tree(sandbox.pid)
    result = await run_body(sandbox, body)

    assert result.outcome is Outcome.OK
    assert tree(sandbox.pid) == before


async def test_a_figure_that_is_open_after_preparing_is_shown(sandbox: Sandbox):
    body = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.figure()"
    result = await run_body(sandbox, body, seconds=60)

    assert [display.mime_type for display in result.displays] == ["image/png"] * 2
    assert result.displays[0].data.startswith(b"\x89PNG")


async def test_an_interrupted_job_is_killed_and_the_next_runs(sandbox: Sandbox):
    running = asyncio.create_task(run_body(sandbox, "import time\ntime.sleep(1234)", seconds=60))
    await asyncio.wait({running}, timeout=0.5)
    await sandbox.interrupt()

    assert (await running).outcome is Outcome.KILLED
    assert await printed(sandbox, "print('still here')") == "still here"


async def test_a_job_cannot_forge_the_end_of_a_conversation(sandbox: Sandbox):
    body = """
        import json, struct, os
        def frame(kind, payload=b"", index=0):
            os.write(4, struct.pack("!cIQ", kind, index, len(payload)) + payload)
        frame(b"Z", b"{}")
    """
    assert (await run_body(sandbox, body)).outcome is Outcome.KILLED


@pytest.mark.parametrize("noise", ["b'\\xff' * 5000", "b'A' + b'\\xff' * 12", "b'E'"])
async def test_noise_instead_of_frames_ends_the_job_only(sandbox: Sandbox, noise: str):
    result = await run_body(sandbox, f"import os\nos.write(4, {noise})\nos._exit(0)")

    assert result.outcome in (Outcome.KILLED, Outcome.OUTPUT_LIMIT)
    assert await printed(sandbox, "print('still here')") == "still here"


async def test_a_cancelled_job_spoils_the_kernel_for_the_next(pool: KernelPool):
    async def use() -> None:
        async with pool.lease() as sandbox:
            used.append(sandbox)
            await run_body(sandbox, "import time\ntime.sleep(1234)", seconds=60)

    used: list[Sandbox] = []
    using = asyncio.create_task(use())
    await asyncio.wait({using}, timeout=0.5)
    using.cancel()
    await asyncio.wait({using})

    async with pool.lease() as sandbox:
        assert sandbox is not used[0]
        assert await printed(sandbox, "print('fresh')") == "fresh"


async def test_a_file_that_an_answer_leaves_is_not_there_for_the_next(sandbox: Sandbox):
    source = """
        import pathlib, tempfile

        def prepare(inputs):
            for name in ("kept", "changed"):
                pathlib.Path(name).write_text("of prepare")

        def answer(state, question):
            job = pathlib.Path("..")
            found = sorted(p.name for p in (*job.rglob("left*"), *job.glob("*e[dp]*")))
            (job / "left").mkdir()
            (job / "left" / "left-too").write_bytes(question)
            tempfile.mkstemp(prefix="left-")
            (job / "changed").write_bytes(question)
            return " ".join(found).encode()
    """
    assert (await run(sandbox, source, b"a", b"b")).answers == (b"changed kept", b"kept")
