"""Finding what was said."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.text import Text

from parley_client import DEFAULT_URL, Parley, SearchMessagesResponse
from parley_client.command.harmless import one_line
from parley_client.command.listing import local
from parley_client.command.options import Url, run
from parley_client.command.screen import console, note

Hit = SearchMessagesResponse.Hit

Words = Annotated[list[str], typer.Argument(help="What to look for.")]
Since = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on.")
]
Before = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Before this day.")
]
Model = Annotated[
    str, typer.Option("--model", "-m", help="Only answers of this model.")
]
Limit = Annotated[int, typer.Option(min=1, help="How many to show at most.")]


def search(
    words: Words,
    since: Since = None,
    before: Before = None,
    model: Model = "",
    limit: Limit = 20,
    url: Url = DEFAULT_URL,
) -> None:
    """
    Search all your messages, the newest first; in a pipe, tab-separated.

    All words have to be in a message, the last one as a beginning. "Words in quotes"
    stand together; -word must not be there (put -- before the first).

    \b
    Examples:
      $ parley search monad
      $ parley search --since 2026-01-01 -- '"left pad"' -npm
      $ parley search monad | cut -f1 | xargs -n1 parley conversations show
    """

    async def action(parley: Parley) -> None:
        found = 0
        hits = parley.search(
            " ".join(words), start=day(since), end=day(before), model=model
        )
        async for hit in hits:
            show(hit)
            found += 1
            if found == limit:
                break
        if not found:
            note("Nothing found. Fewer words find more.")

    run(url, action)


def show(hit: Hit) -> None:
    """Print one message that was found."""
    conversation = hit.message.split("/")[3]
    title = one_line(hit.conversation_title) or "(untitled)"
    if not sys.stdout.isatty():
        when = hit.create_time.ToJsonString()
        snippet = one_line("".join(part.text for part in hit.snippet))
        typer.echo(f"{conversation}\t{when}\t{title}\t{snippet}")
        return
    where = f"{conversation}  {local(hit.create_time)}  "
    console().print(Text.assemble((where, "dim"), (title, "bold")), soft_wrap=True)
    shown = Text("  ")
    for part in hit.snippet:
        # Spaces at the ends of a part belong to it.
        text = one_line(f"|{part.text}|")[1:-1]
        shown.append(text, style="bold yellow" if part.highlighted else "")
    console().print(shown)


def day(given: datetime | None) -> datetime | None:
    """Return when a day begins, here."""
    return given.astimezone().astimezone(UTC) if given else None
