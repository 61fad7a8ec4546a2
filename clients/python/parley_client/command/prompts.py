"""Prompts."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley
from parley_client.command import finding, knowing
from parley_client.command.harmless import harmless, one_line
from parley_client.command.listing import local, show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note
from parley_client.names import id_of

app = typer.Typer()

MAX_TEXT = 1_000_000  # more than Parley takes; a whole disk stops here

Which = Annotated[
    str, typer.Argument(metavar="PROMPT", help="The prompt, by its name or id.")
]
Name = Annotated[str, typer.Argument(help="What to call it.")]
Description = Annotated[str, typer.Option(help="What it is for.")]
TextOf = Annotated[
    str,
    typer.Argument(
        metavar="TEXT", help="What it says; @FILE reads a file, and - stdin."
    ),
]
Weight = Annotated[int, typer.Option(min=0, max=1000, help="How often it is chosen.")]
Version = Annotated[int, typer.Option(min=0, help="The number of a version.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    Keep prompts: instructions with {{variables}}, in versions to try out.

    With weights, each answer takes one of the versions by chance; else the newest.

    \b
    Examples:
      $ parley prompts create Translate "Translate into {{language}}."
      $ parley prompts add Translate @better.txt
      $ parley prompts weigh Translate 1 10
      $ parley prompts weigh Translate 2 90
      $ parley chat --prompt Translate --var language=German "Good morning"
    """
    if context.invoked_subcommand is None:
        run(url, list_all)


@app.command("list")
def list_command(url: Url = DEFAULT_URL) -> None:
    """List your prompts; in a pipe, tab-separated."""
    run(url, list_all)


@app.command()
def create(
    name: Name, text: TextOf, description: Description = "", url: Url = DEFAULT_URL
) -> None:
    """Create a prompt with its first version."""
    said = text_of(text)

    async def action(parley: Parley) -> None:
        created = await parley.prompts.create(name, said, description=description)
        note(f"Created: {one_line(created.display_name)}")

    run(url, action)


@app.command()
def show(prompt: Which, url: Url = DEFAULT_URL) -> None:
    """Show the versions of a prompt and what the newest one says."""

    async def action(parley: Parley) -> None:
        name = await finding.prompt(parley, prompt)
        found = await parley.prompts.get(name)
        rows = [
            (
                id_of(each),
                local(each.create_time),
                str(each.weight),
                one_line(", ".join(each.variables)),
                one_line(each.text),
            )
            async for each in parley.prompts.versions(name)
        ]
        names = ("version", "since", "weight", "variables", "text")
        show_rows(names, rows, nothing="It has no version.")
        typer.echo(f"\n{harmless(found.latest_version.text)}")

    run(url, action)


@app.command()
def add(
    prompt: Which, text: TextOf, weight: Weight = 0, url: Url = DEFAULT_URL
) -> None:
    """Add a version, which is the newest then."""
    said = text_of(text)

    async def action(parley: Parley) -> None:
        name = await finding.prompt(parley, prompt)
        added = await parley.prompts.add_version(name, said, weight=weight)
        note(f"Added version {id_of(added)}.")

    run(url, action)


@app.command()
def weigh(
    prompt: Which,
    version: Annotated[int, typer.Argument(min=1, help="Which version.")],
    weight: Annotated[int, typer.Argument(min=0, max=1000, help="How often.")],
    url: Url = DEFAULT_URL,
) -> None:
    """Have a version chosen in proportion to its weight."""

    async def action(parley: Parley) -> None:
        name = await finding.prompt(parley, prompt)
        weighed = await parley.prompts.weigh(name, version, weight)
        note(f"Version {id_of(weighed)} weighs {weighed.weight}.")

    run(url, action)


@app.command()
def render(
    prompt: Which,
    var: knowing.Variables = None,
    version: Version = 0,
    url: Url = DEFAULT_URL,
) -> None:
    """Show what a prompt says with values for its variables."""
    values = knowing.variables(var or ())

    async def action(parley: Parley) -> None:
        name = await finding.prompt(parley, prompt)
        rendered = await parley.prompts.render(name, values, version=version)
        typer.echo(harmless(rendered.text))

    run(url, action)


@app.command()
def delete(prompt: Which, url: Url = DEFAULT_URL) -> None:
    """Delete a prompt and its versions."""

    async def action(parley: Parley) -> None:
        await parley.prompts.delete(await finding.prompt(parley, prompt))
        note(f"Deleted: {one_line(prompt)}")

    run(url, action)


async def list_all(parley: Parley) -> None:
    """Print every prompt."""
    rows = [
        (
            id_of(each),
            one_line(each.display_name),
            id_of(each.latest_version),
            one_line(each.description),
        )
        async for each in parley.prompts.list()
    ]
    nothing = "There is no prompt yet. Create one: parley prompts create NAME TEXT"
    show_rows(("id", "name", "newest", "what for"), rows, nothing=nothing)


def text_of(given: str) -> str:
    """Return a text that is given as it is, as a file or on stdin."""
    if given == "-":
        return sys.stdin.buffer.read(MAX_TEXT).decode(errors="replace").strip("\n")
    if not given.startswith("@"):
        return given
    try:
        with Path(given[1:]).open("rb") as file:
            return file.read(MAX_TEXT).decode(errors="replace").strip("\n")
    except OSError as error:
        raise typer.BadParameter(
            f"{given[1:]} cannot be read: {error.strerror}"
        ) from error
