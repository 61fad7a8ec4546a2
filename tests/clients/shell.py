"""The `parley` command as its own process: with pipes, or on a terminal."""

import asyncio
import codecs
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "parley_client")
# Gives the command a terminal of its own and copies what goes in and out.
ON_A_TERMINAL = (
    "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
)
PATIENCE = 20.0
# What a terminal obeys, or shows: a sequence, an end of a line, a stretch of text.
PIECE = re.compile(r"\x1b\[(?P<times>[\d;?]*)(?P<what>[A-Za-z])|[\r\n]|[^\x1b\r\n]+")


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class Shell:
    """A person's shell: a home directory and where Parley is."""

    home: Path
    url: str
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the command finds in its environment."""
        path = (ROOT, ROOT / "gen/python", ROOT / "clients/python")
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "PARLEY_URL": self.url,
            "TERM": "xterm-256color",
            "COLUMNS": "80",
            "LINES": "24",
            "LANG": "C.UTF-8",
            **self.variables,
        }

    @property
    def credentials(self) -> Path:
        """Where the command keeps what it needs to stay signed in."""
        return self.home / ".config/parley/credentials.json"

    async def run(self, *arguments: str, given: str | bytes = b"") -> Finished:
        """Run the command with something piped in, and everything else into pipes."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment,
            cwd=self.home,
        )
        piped = given.encode() if isinstance(given, str) else given
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate(piped)
        assert process.returncode is not None
        return Finished(process.returncode, out.decode(), err.decode())

    async def redirected(self, *arguments: str, to: Path, append: bool) -> Finished:
        """Run the command with its stdout going to a file."""
        with to.open("ab" if append else "wb") as file:
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=asyncio.subprocess.PIPE,
                env=self.environment,
                cwd=self.home,
            )
            async with asyncio.timeout(PATIENCE):
                _, err = await process.communicate()
        assert process.returncode is not None
        return Finished(process.returncode, "", err.decode())

    @asynccontextmanager
    async def terminal(self, *arguments: str) -> AsyncIterator["Terminal"]:
        """Run the command on a terminal; it has to end before the block does."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", ON_A_TERMINAL),
            *COMMAND,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=self.environment,
            cwd=self.home,
        )
        try:
            yield Terminal(process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()


class Terminal:
    """A terminal that somebody types into and reads from."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        # What is read may end in the middle of a character.
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        self._read = ""
        self.shown = ""

    @property
    def lines(self) -> list[str]:
        """What stands there by now, as far back as one can scroll, without colours."""
        lines, at, column = [""], 0, 0
        for piece in PIECE.finditer(self.shown):
            text = piece[0]
            if piece["what"] == "A":  # up
                at = max(0, at - int(piece["times"] or 1))
            elif piece["what"] == "K":  # away with the line
                lines[at] = ""
            elif text == "\r":
                column = 0
            elif text == "\n":
                at += 1
                lines += [""] * (at == len(lines))
            elif not piece["what"]:
                before, after = lines[at][:column], lines[at][column + len(text) :]
                lines[at] = before.ljust(column) + text + after
                column += len(text)
        return [line.rstrip() for line in lines]

    def type(self, keys: str) -> None:
        """Type; the key Enter is a carriage return."""
        assert self._process.stdin
        self._process.stdin.write(keys.encode())

    async def sees(self, text: str) -> str:
        """Read on until this text is shown; return all that came before it."""
        assert self._process.stdout
        try:
            async with asyncio.timeout(PATIENCE):
                while text not in self._read:
                    more = await self._process.stdout.read(4096)
                    assert more, f"ended without {text!r} after {self._read!r}"
                    piece = self._decode(more)
                    self._read += piece
                    self.shown += piece
        except TimeoutError:
            raise AssertionError(f"no {text!r} after {self._read!r}") from None
        before, _, self._read = self._read.partition(text)
        return before

    async def ended(self) -> int:
        """Read to the end; return the exit code."""
        assert self._process.stdout
        async with asyncio.timeout(PATIENCE):
            rest = self._decode(await self._process.stdout.read(), final=True)
            self._read += rest
            self.shown += rest
            return await self._process.wait()
