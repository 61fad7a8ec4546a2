"""What the `parley` command says when it cannot do what it was asked."""

import asyncio
import json

import pytest

from tests.clients.conftest import EMAIL, LOGIN, PASSWORD
from tests.clients.shell import Shell


@pytest.mark.parametrize(
    ("arguments", "tells"),
    [
        (("chat", "-c", "x", "--last", "Hi"), "exclude each other"),
        (("chat", *["-a", "a.txt"] * 11, "Hi"), "at most 10 files"),
        (("chat",), "is empty"),
        (("chat", "  "), "is empty"),
        (("conversations", "show"), "either an ID or --last"),
        (("login", "--email", EMAIL), "--password-stdin"),
        (("login", "--password-stdin"), "--email"),
        (("whoami", "--url", "localhost"), "no URL like"),
        (("dance",), "No such command"),
    ],
)
async def test_wrong_usage_is_explained(
    shell: Shell, arguments: tuple[str, ...], tells: str
) -> None:
    (shell.home / "a.txt").touch()

    finished = await shell.run(*arguments)

    assert (finished.code, finished.out) == (2, "")
    assert tells in " ".join(finished.err.replace("│", "").split())


async def test_a_parley_that_is_not_there_is_told_how_to_start(
    signed_in: Shell,
) -> None:
    credentials = json.loads(signed_in.credentials.read_bytes())
    nowhere = "http://127.0.0.1:9"
    signed_in.credentials.write_text(json.dumps({nowhere: credentials[signed_in.url]}))

    finished = await signed_in.run("chat", "Hi", "--url", nowhere)

    assert finished.code == 1
    assert finished.err == (
        f"Nothing answers at {nowhere}. Is Parley running? Start it: make up\n"
    )


async def test_what_is_not_parley_is_told_apart(shell: Shell) -> None:
    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]

        finished = await shell.run(
            *LOGIN, "--url", f"http://127.0.0.1:{port}", given=PASSWORD
        )

    assert finished.code == 1
    assert len(finished.err.splitlines()) == 1


async def test_a_damaged_home_is_named(signed_in: Shell) -> None:
    signed_in.credentials.write_text("{")

    finished = await signed_in.run("whoami")

    assert finished.code == 1
    assert finished.err == f"{signed_in.credentials} is damaged; remove it\n"
