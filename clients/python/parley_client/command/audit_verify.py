"""Whether the audit log is whole: asked of Parley, or worked out from a file."""

import gzip
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NoReturn, TextIO

import typer
from rich.progress import Progress, TaskID

from parley.auth.v1.audit_service_pb2 import VerifyAuditLogResponse
from parley_client import DEFAULT_URL, Parley
from parley_client.audit_file import Unreadable, Wrong, begin, number, read_lines
from parley_client.command.failures import complain
from parley_client.command.options import Url, run
from parley_client.command.screen import bar, note

File = Annotated[
    Path | None,
    typer.Option(
        "--file",
        "-f",
        exists=True,
        dir_okay=False,
        help="Verify this export, without Parley.",
    ),
]
Key = Annotated[
    Path | None,
    typer.Option(
        "--key",
        exists=True,
        dir_okay=False,
        help="Trust only these public keys: a JWK set, or PEM. For --file.",
    ),
]
Expect = Annotated[
    str,
    typer.Option(
        metavar="INDEX:HASH",
        help="What an earlier verification ended with: it has to be there still.",
    ),
]

PROBLEMS = {
    "edited": "it was edited",
    "deleted": "it is gone",
    "inserted": "it was put there",
    "reordered": "another event stands in its place",
    "signature": "it was not signed with a key of Parley's",
    "set_back": "the log goes another way than it did: it was set back",
}


def verify(
    file: File = None,
    key: Key = None,
    expect: Expect = "",
    url: Url = DEFAULT_URL,
) -> None:
    """
    Verify that nobody changed the log; if somebody did, name the first wrong index.

    Ends with how far the log goes. Keep that elsewhere, and give it to --expect next
    time: so you also find out whether the whole log was set back to an older copy.

    Asked of Parley, you trust Parley. With --file you trust nothing but the key, which
    `make up` keeps in .parley/secrets/audit-keys.json. Exit code 1: it is not whole.

    \b
    Examples:
      $ parley admin audit verify
      $ parley admin audit verify --expect 1200:5f2c…
      $ parley admin audit verify --file audit.jsonl --key audit-keys.json
    """
    if key and not file:
        raise typer.BadParameter("is for --file", param_hint="key")
    if file:
        verify_file(file, jwks_of(key) if key else None, expect)
        return

    async def action(parley: Parley) -> None:
        last = VerifyAuditLogResponse()
        with bar() as progress:
            task = progress.add_task("verifying", total=None)
            async for last in parley.audit.verify(expected=expect):
                done = last.progress
                if last.HasField("progress"):
                    progress.update(
                        task, completed=done.verified_count, total=done.total_count
                    )
        tell(last)

    run(url, action)


def tell(last: VerifyAuditLogResponse) -> None:
    """Say what came out; end with exit code 1 if it is not good."""
    if last.HasField("broken"):
        problem = VerifyAuditLogResponse.Problem.Name(last.broken.problem)
        broken(last.broken.index, problem.removeprefix("PROBLEM_").lower())
    if not last.HasField("verified"):
        complain("The verification broke off. Try again.")
        raise typer.Exit(1)
    found = last.verified
    whole(found.verified_count, found.base_index, found.erased_place_count)
    typer.echo(f"{found.head.index}:{found.head.hash.hex()}")


def verify_file(
    file: Path, jwks: Sequence[Mapping[str, str]] | None, expect: str
) -> None:
    """Verify an export line by line."""
    index = 0
    try:
        with opened(file) as texts, bar() as progress:
            size = None if file.suffix == ".gz" else file.stat().st_size
            task = progress.add_task("verifying", total=size)
            lines = read_lines(advancing(texts, progress, task))
            reading = begin(lines, jwks)
            seen = expect.partition(":")[0] == str(reading.base) or not expect
            for index in reading.take(lines):
                if expect.partition(":")[0] == str(index):
                    if expect != f"{index}:{reading.hash}":
                        raise Wrong(index, "set_back")
                    seen = True
    except Wrong as wrong:
        broken(wrong.index, wrong.problem)
    except (Unreadable, UnicodeDecodeError, EOFError) as error:
        complain(f"{file} cannot be verified. {error}")
        raise typer.Exit(1) from None
    if not seen:
        broken(reading.index + 1, "set_back")
    if jwks is None:
        ids = ", ".join(reading.keys.ids)
        note(f"The file itself names the key: {ids}. Trust it only if you know it.")
    whole(reading.index - reading.base, reading.base, reading.erased)
    typer.echo(reading.head)


def advancing(texts: TextIO, progress: Progress, task: TaskID) -> Iterator[str]:
    """Yield lines, and show how far they were read."""
    for text in texts:
        progress.advance(task, len(text))
        yield text


def whole(count: int, base: int, erased: int) -> None:
    """Say that all is right."""
    said = f"All {count} events are as they were written."
    if base:
        said += f" The first is no. {base + 1}: those before were cut off, or left out."
    if erased:
        said += f" Of {erased} it was erased where they came from."
    note(said)


def broken(index: int, problem: str) -> NoReturn:
    """Name the first wrong index, and end."""
    what = PROBLEMS.get(problem, problem)
    complain(f"The log is not whole. The first wrong event is no. {index}: {what}.")
    raise typer.Exit(1)


def opened(file: Path) -> TextIO:
    """Open a file, or what is compressed in it."""
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8")
    return file.open(encoding="utf-8")


def jwks_of(file: Path) -> Sequence[Mapping[str, str]]:
    """Read public keys, or explain how they have to be."""
    data = file.read_bytes()
    try:
        if data.lstrip().startswith(b"-----"):
            return [pem_jwk(data)]
        keys = json.loads(data)["keys"]
        for key in keys:
            number(key["x"]), number(key["y"])
        return list(keys)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        expected = "expected a JWK set, or PEM, of public keys on P-256"
        raise typer.BadParameter(f"{file}: {expected}", param_hint="key") from error


def pem_jwk(data: bytes) -> Mapping[str, str]:
    """Turn a public key, or the public half of a private one, into a JWK."""
    # Here, because few commands need it.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = (
        serialization.load_pem_private_key(data, None).public_key()
        if b"PRIVATE KEY" in data
        else serialization.load_pem_public_key(data)
    )
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("another kind of key")
    numbers = key.public_numbers()

    def text(coordinate: int) -> str:
        return urlsafe_b64encode(coordinate.to_bytes(32)).rstrip(b"=").decode()

    return {"x": text(numbers.x), "y": text(numbers.y)}
