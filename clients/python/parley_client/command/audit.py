"""The audit log: to look at, to keep, and to verify."""

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from parley.auth.v1.audit_service_pb2 import AuditEvent, AuditOutcome
from parley_client import DEFAULT_URL, Parley
from parley_client.audit import OUTCOMES
from parley_client.audit_file import to_line
from parley_client.command import audit_verify
from parley_client.command.harmless import one_line
from parley_client.command.listing import show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note

HELP = """\
See what happened to accounts, keep it elsewhere, and prove that it is whole.

\b
Examples:
  $ parley admin audit list --action session --outcome failure
  $ parley admin audit verify
  $ parley admin audit export -o audit.jsonl
  $ parley admin audit verify --file audit.jsonl --key audit-keys.json
"""

app = typer.Typer(help=HELP, no_args_is_help=True)
app.command()(audit_verify.verify)

User = Annotated[
    str, typer.Option(metavar="ID", help="Only what this user did, or is about them.")
]
Action = Annotated[
    str, typer.Option(help="Only this action: session.create, or session for all such.")
]
Outcome = Annotated[str, typer.Option(help="Only success, failure or denied.")]
Since = Annotated[
    datetime | None, typer.Option(help="Only what happened then (UTC) or later.")
]
Until = Annotated[datetime | None, typer.Option(help="Only what happened before.")]
Mine = Annotated[
    bool, typer.Option("--mine", help="Only what is about you; needs no permission.")
]
Limit = Annotated[int, typer.Option(min=1, help="How many to list at most.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write here, not to stdout.")
]
After = Annotated[
    int, typer.Option(min=0, help="Only the events after this index: what came since.")
]


@app.command("list")
def list_events(
    user: User = "",
    action: Action = "",
    outcome: Outcome = "",
    since: Since = None,
    until: Until = None,
    mine: Mine = False,
    limit: Limit = 50,
    url: Url = DEFAULT_URL,
) -> None:
    """
    List what happened, the newest first; in a pipe, tab-separated.

    \b
    Examples:
      $ parley admin audit list --outcome denied --since 2026-11-01
      $ parley admin audit list --mine
    """
    if outcome not in OUTCOMES:
        raise typer.BadParameter("say success, failure or denied", param_hint="outcome")
    if mine and user:
        raise typer.BadParameter("--mine is about you: leave out --user")

    async def action_(parley: Parley) -> None:
        audit = parley.audit
        events = (audit.mine if mine else partial(audit.events, user=user))(
            action=action,
            outcome=outcome,
            start=since and since.replace(tzinfo=UTC),
            end=until and until.replace(tzinfo=UTC),
        )
        rows = []
        async for event in events:
            rows.append(row(event))
            if len(rows) == limit:
                break
        names = ("index", "when", "action", "outcome", "who", "about", "from", "more")
        show_rows(names, rows, nothing="There is no such event.")

    run(url, action_)


@app.command()
def export(output: Output = None, after: After = 0, url: Url = DEFAULT_URL) -> None:
    """
    Write the log as lines of JSON, with all that it takes to verify it elsewhere.

    The first line names what the events follow and the keys, the last one how far the
    log goes. `parley admin audit verify --file` needs nothing but the file and the key.

    \b
    Examples:
      $ parley admin audit export -o audit.jsonl
      $ parley admin audit export --after 1200 | gzip > since.jsonl.gz
    """
    if output is None and sys.stdout.isatty():
        raise typer.BadParameter("name a file with -o, or pipe it somewhere")
    if output is not None and not output.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {output.parent}")

    async def action(parley: Parley) -> None:
        parts = parley.audit.export(after=after)
        if output is None:
            async for part in parts:
                sys.stdout.write(json.dumps(to_line(part)) + "\n")
            return
        # A file is there whole or not at all.
        draft = output.with_name(f".{output.name}.part")
        count = 0
        try:
            with draft.open("w") as file:
                async for part in parts:
                    file.write(json.dumps(to_line(part)) + "\n")
                    count += part.HasField("record")
            draft.replace(output)
        finally:
            with suppress(FileNotFoundError):
                draft.unlink()
        note(f"Wrote {count} events to {output}.")

    run(url, action)


def row(event: AuditEvent) -> tuple[str, ...]:
    """Return what is shown of an event."""
    details = [f"{key}={value}" for key, value in sorted(event.details.items())]
    if event.stranger:
        details.append(f"stranger={event.stranger[:12]}")
    place = f"{event.place.address} {event.place.user_agent}"
    return (
        str(event.index),
        event.create_time.ToDatetime(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        one_line(event.action),
        AuditOutcome.Name(event.outcome).removeprefix("AUDIT_OUTCOME_").lower(),
        one_line(event.actor),
        one_line(event.subject),
        one_line(place),
        one_line(" ".join(details)),
    )
