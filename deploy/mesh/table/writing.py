"""The table of who may call what, as Markdown."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from deploy.mesh.rpcs import HEALTH, Rpc
from deploy.mesh.table.calls import PAGES, Attempt, Found
from deploy.mesh.table.expected import CALLERS, NO_TOKEN, TOKENS
from deploy.mesh.table.ways import OUTSIDE

BEGIN = "<!-- What `make mesh-test` found begins here. -->"
END = "<!-- What `make mesh-test` found ends here. -->"
# Those who may call something; all others stand in one column.
NAMED = ("edge", "auth", "chat", "llm")
NOBODY = "·"
WORDS = {NO_TOKEN: "without", "user": "user's", "chat": "chat's", "llm": "llm's"}


def tables(found: Found, rpcs: Sequence[Rpc]) -> str:
    """Write all tables."""
    parts = [*services(found, rpcs), *pages(found), *ways(found)]
    return "\n".join(parts)


def services(found: Found, rpcs: Sequence[Rpc]) -> Iterator[str]:
    """Write one table for each service: a row for a method, a column for a caller."""
    for part, own in groupby(sorted(rpcs, key=lambda each: each.part), by_part):
        yield f"### {part}\n"
        yield f"| method | {' | '.join(NAMED)} | anybody else |"
        yield f"| --- | {' | '.join('---' for _ in NAMED)} | --- |"
        rows = [rpc.path for rpc in own]
        for path in (*rows, HEALTH):
            cells = [cell(found, part, path, [caller]) for caller in NAMED]
            others = [caller for caller in CALLERS if caller not in NAMED]
            cells.append(cell(found, part, path, others))
            yield f"| {short(path)} | {' | '.join(cells)} |"
        yield ""


def by_part(rpc: Rpc) -> str:
    """Name the service of a method."""
    return rpc.part


def short(path: str) -> str:
    """Write a method without its package."""
    service, _, method = path.removeprefix("/").partition("/")
    return f"{service.rpartition('.')[2]}.{method}"


def cell(found: Found, called: str, what: str, callers: Sequence[str]) -> str:
    """Say with which tokens any of these callers is let through."""
    tokens = [
        WORDS[token]
        for token in (NO_TOKEN, *TOKENS)
        if any(
            found.get(Attempt(called, what, each, token)) == "allowed"
            for each in callers
        )
    ]
    return ", ".join(tokens) or NOBODY


def pages(found: Found) -> Iterator[str]:
    """Write the table of what is no RPC."""
    yield "### Pages\n"
    yield "| page | who gets it |"
    yield "| --- | --- |"
    for called, _, verb, path in PAGES:
        what = f"{verb} {path}"
        who = [
            caller
            for caller in CALLERS
            if found[Attempt(called, what, caller, NO_TOKEN)] == "allowed"
        ]
        yield f"| {called}: {what} | {', '.join(who) or NOBODY} |"
    yield ""


def ways(found: Found) -> Iterator[str]:
    """Write the tables of the ways in and out."""
    yield "### Ways out, at the egress gateway\n"
    yield "| host | who gets there |"
    yield "| --- | --- |"
    for host in OUTSIDE:
        what = f"GET https://{host}/"
        who = [
            caller
            for caller in CALLERS
            if found[Attempt("egress", what, caller, NO_TOKEN)] == "allowed"
        ]
        yield f"| {host} | {', '.join(who) or NOBODY} |"
    yield "\n### Ways in, at the ingress gateway\n"
    yield "| a browser asks for | and is |"
    yield "| --- | --- |"
    for call in sorted(each for each in found if each.called == "ingress"):
        yield f"| {call.what.removeprefix('GET ')} | {found[call]} |"
    yield ""


def fill(file: Path, text: str) -> None:
    """Put what was found into a document, in the place of what was found before."""
    head, _, rest = file.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    file.write_text(f"{head}{BEGIN}\n\n{text}\n{END}{tail}")


def listed(title: str, found: Sequence[object], most: int = 40) -> str:
    """List sentences for a terminal."""
    shown = [f"  {each}" for each in found[:most]]
    if len(found) > most:
        shown.append(f"  and {len(found) - most} more")
    return "\n".join([title, *shown])
