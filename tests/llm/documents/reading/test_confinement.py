"""What the child may do, and what becomes of one that does what it may not."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import psutil
import pytest

from services.llm.documents.model import (
    Content,
    DocumentCorrupt,
    DocumentTooComplex,
    Unreadable,
)
from services.llm.documents.reading.bounds import LIMITS, MAX_READINGS, Limits
from services.llm.documents.reading.process import ROOT
from services.llm.documents.reading.reader import ChildReader, child_reader
from tests.llm.documents import hostile
from tests.llm.documents.files import altered, make_docx, make_pdf
from tests.llm.documents.own_time import longest_turn

Ran = Callable[[str], Awaitable[Content]]
SAYING = """
    import json, os, sys
    def tell(text):
        for line in (
            {"type": "text", "page": 0, "text": text},
            {"type": "done", "media_type": "text/plain", "flags": []},
        ):
            os.write(1, json.dumps(line).encode() + b"\\n")
"""
FOREVER = "import time\nwhile True: time.sleep(1)"


def program(code: str) -> tuple[str, ...]:
    """Make a program that is run in the child's place."""
    return (sys.executable, "-I", "-c", dedent(SAYING) + dedent(code))


def children() -> list[psutil.Process]:
    """Return the processes that read."""
    return [child for child in psutil.Process().children() if reads(child)]


def reads(child: psutil.Process) -> bool:
    """Tell whether a process reads; one that has just ended does not."""
    with suppress(psutil.NoSuchProcess):
        alive = child.status() != psutil.STATUS_ZOMBIE
        return alive and child.cmdline()[1:2] == ["-I"]
    return False


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  # processes set no event
            await asyncio.sleep(0.01)


async def read(
    data: bytes, folder: Path, limits: Limits = LIMITS, name: str = "a"
) -> Content:
    """Read bytes in a child with these limits."""
    (folder / "file").write_bytes(data)
    async with child_reader(limits) as reader:
        return await reader.read(folder / "file", name, lambda percent: None)


async def run(code: str, folder: Path, limits: Limits = LIMITS) -> Content:
    """Run other code in the child's place, and take what it says for a file's."""
    (folder / "file").write_bytes(b"the file")
    async with child_reader(limits, program(code)) as reader:
        return await reader.read(folder / "file", "my salary.PDF", lambda percent: None)


@pytest.mark.asvs("1.2.5", "5.3.2")
async def test_a_child_is_told_nothing_but_the_file_and_its_ending(tmp_path: Path):
    content = await run(
        """
        tell(json.dumps([dict(os.environ), sys.argv[-1], "salary" in str(sys.argv),
            os.listdir(), sys.stdin.read(), os.getsid(0) == os.getpid()]))
        """,
        tmp_path,
    )

    assert json.loads(content.text) == [
        {"LC_CTYPE": "C.UTF-8"},  # Python's own
        *("pdf", False, [], "the file", True),
    ]


@pytest.mark.asvs("13.2.2")
async def test_a_child_cannot_open_write_connect_or_fork(tmp_path: Path):
    content = await run(
        f"""
        sys.path.insert(0, {str(ROOT)!r})
        from services.llm.documents.reading.bounds import LIMITS
        from services.llm.documents.reading.confinement import confine, seal
        import ctypes, resource, socket
        confine(LIMITS)
        found = []
        def tried(what, *arguments):
            try:
                what(*arguments)
                found.append("done")
            except OSError as error:
                found.append(error.errno)
            except (MemoryError, ValueError) as error:
                found.append(type(error).__name__)
        file = os.open("file", os.O_CREAT | os.O_RDWR)
        tried(os.write, file, b"x")
        tried(bytearray, 2 << 30)
        seal()
        tried(open, "/etc/passwd")
        tried(socket.socket)
        tried(os.listdir, "/")
        tried(resource.setrlimit, resource.RLIMIT_CPU, (999, 999))
        tell(json.dumps([*found, os.nice(0) >= 10]))
        """,
        tmp_path,
    )

    assert json.loads(content.text) == [
        *(27, "MemoryError"),  # too large a file, too much memory
        *(24, 24, 24),  # too many open files: of any kind
        *("ValueError", True),
    ]


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("", DocumentTooComplex),
        ("os.kill(os.getpid(), 9)", DocumentTooComplex),
        ("os.kill(os.getpid(), 11)", DocumentTooComplex),
        ("os.write(1, b'no json\\n')", DocumentCorrupt),
        ("while True: os.write(1, bytes(1 << 20))", DocumentCorrupt),
        (
            'while True: os.write(1, b\'{"type":"text","page":0,"text":"\''
            " + b'x' * 32000 + b'\"}\\n')",
            DocumentCorrupt,
        ),
    ],
)
async def test_a_child_that_dies_or_raves_is_a_file_that_cannot_be_read(
    code: str, refusal: type[Unreadable], tmp_path: Path
):
    before = psutil.Process().memory_info().rss

    with pytest.raises(Unreadable) as refused:
        await run(code, tmp_path)

    assert type(refused.value) is refusal
    assert psutil.Process().memory_info().rss - before < 150 * 1024 * 1024
    assert not children()


async def test_a_child_that_says_nothing_for_too_long_is_killed(tmp_path: Path):
    with pytest.raises(DocumentTooComplex):
        await run(FOREVER, tmp_path, Limits(wall_seconds=0.5))

    assert not children()


@pytest.mark.asvs("15.2.2")
async def test_a_child_that_computes_for_too_long_is_killed(tmp_path: Path):
    with pytest.raises(DocumentTooComplex):
        await read(hostile.slow_pdf(), tmp_path, Limits(cpu_seconds=3))


@pytest.mark.asvs("15.2.2")
async def test_a_child_that_needs_too_much_memory_is_refused(tmp_path: Path):
    text = b"<w:p/>" * 20_000_000
    data = altered(
        make_docx(["Hello"]),
        {
            "word/document.xml": (
                b'<w:document xmlns:w="%s"><w:body>' % hostile.WORD.encode()
                + text
                + b"</w:body></w:document>"
            )
        },
    )

    with pytest.raises(DocumentTooComplex):
        await read(data, tmp_path)


async def test_a_child_that_is_killed_is_a_file_that_cannot_be_read(
    reader: ChildReader, tmp_path: Path
):
    file = tmp_path / "file"
    file.write_bytes(hostile.slow_pdf())
    reading = asyncio.create_task(reader.read(file, "a.pdf", lambda percent: None))
    await until(children)

    children()[0].kill()

    with pytest.raises(DocumentTooComplex):
        await reading


@pytest.mark.asvs("1.4.3")
async def test_a_reading_that_is_cancelled_ends_its_child(
    reader: ChildReader, tmp_path: Path
):
    file = tmp_path / "file"
    file.write_bytes(hostile.slow_pdf())
    reading = asyncio.create_task(reader.read(file, "a.pdf", lambda percent: None))
    await until(children)

    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading

    assert not children()


async def test_a_child_does_not_outlive_its_parent(tmp_path: Path):
    (tmp_path / "file").write_bytes(hostile.slow_pdf())
    code = f"""
        import asyncio, sys
        from pathlib import Path
        sys.path.insert(0, {str(ROOT)!r})
        from services.llm.documents.reading.reader import child_reader
        async def read():
            async with child_reader() as reader:
                await reader.read(Path("file"), "a.pdf", print)
        asyncio.run(read())
    """
    parent = psutil.Popen([sys.executable, "-I", "-c", dedent(code)], cwd=tmp_path)
    try:
        await until(lambda: any(map(confined, parent.children())))
        (child,) = parent.children()
    finally:
        parent.kill()
        parent.wait()

    await until(lambda: not child.is_running() or child.status() == "zombie")


def confined(child: psutil.Process) -> bool:
    """Whether it has given up the last of what it gives up before it reads."""
    return "NoNewPrivs:\t1" in Path(f"/proc/{child.pid}/status").read_text()


async def test_no_more_than_a_few_files_are_read_at_once(tmp_path: Path):
    file = tmp_path / "file"
    file.write_bytes(b"x")
    most, go_on = 0, tmp_path / "go on"
    code = f"""
        import time
        while not os.path.exists({str(go_on)!r}): time.sleep(0.01)
        time.sleep(0.3); tell('hello')
    """
    async with child_reader(LIMITS, program(code)) as reader:
        readings = asyncio.gather(
            *(reader.read(file, "a", lambda percent: None) for _ in range(6))
        )
        while not readings.done():
            most = max(most, len(children()))
            if most >= MAX_READINGS:
                go_on.touch()
            await asyncio.sleep(0.01)
        contents = await readings

    assert most == MAX_READINGS
    assert [content.text for content in contents] == ["hello"] * 6


async def test_a_good_file_is_read_while_hostile_ones_are_in_hand(tmp_path: Path):
    hostiles = [
        hostile.slow_pdf(),
        hostile.bomb(make_docx(["x"])),
        hostile.deep_pdf(),
        hostile.slow_pdf(),
    ]
    files = [tmp_path / f"{number}" for number in range(len(hostiles) + 1)]
    for file, data in zip(files, [*hostiles, make_pdf(["Good"])], strict=True):
        file.write_bytes(data)
    before = psutil.Process().memory_info().rss

    async with child_reader(Limits(cpu_seconds=4)) as reader:
        readings = asyncio.gather(
            *(reader.read(file, "a.pdf", lambda percent: None) for file in files),
            return_exceptions=True,
        )
        longest = await longest_turn(readings.done)
        *refused, good = await readings

    assert isinstance(good, Content)
    assert good.text == "Good\n"
    assert all(isinstance(refusal, Unreadable) for refusal in refused)
    assert longest < 0.5
    assert psutil.Process().memory_info().rss - before < 100 * 1024 * 1024
