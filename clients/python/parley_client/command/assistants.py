"""Assistants."""

from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Assistant, Parley
from parley_client.command import finding, knowing
from parley_client.command.harmless import harmless, one_line
from parley_client.command.listing import show_rows
from parley_client.command.options import Model, Url, run
from parley_client.command.prompts import text_of
from parley_client.command.screen import note
from parley_client.names import id_of

app = typer.Typer()

Which = Annotated[
    str, typer.Argument(metavar="ASSISTANT", help="The assistant, by its name or id.")
]
Name = Annotated[str, typer.Argument(help="What to call it.")]
NewName = Annotated[str, typer.Option("--name", help="What to call it from now on.")]
Description = Annotated[str, typer.Option(help="What it is for.")]
Instructions = Annotated[
    str,
    typer.Option(help="What the model is told; @FILE reads a file, and - stdin."),
]
Temperature = Annotated[
    float | None, typer.Option(min=0, max=2, help="How freely it answers.")
]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    Keep assistants: instructions, a model, knowledge and tools under one name.

    \b
    Examples:
      $ parley assistants create Clerk --instructions "Be brief." --collection Work
      $ parley chat --assistant Clerk "How many days of leave do I have?"
    """
    if context.invoked_subcommand is None:
        run(url, list_all)


@app.command("list")
def list_command(url: Url = DEFAULT_URL) -> None:
    """List your assistants; in a pipe, tab-separated."""
    run(url, list_all)


@app.command()
def create(
    name: Name,
    description: Description = "",
    instructions: Instructions = "",
    prompt: knowing.Prompt = "",
    model: Model = "",
    document: knowing.Documents = None,
    collection: knowing.Collections = None,
    knowledge: knowing.Everything = False,
    tool: knowing.Tools = None,
    temperature: Temperature = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Create an assistant. Prints its id."""
    told = text_of(instructions)

    async def action(parley: Parley) -> None:
        known = await knowing.knowledge(
            parley,
            documents=document or (),
            collections=collection or (),
            everything=knowledge,
        )
        wanted = Assistant(
            display_name=name,
            description=description,
            instructions=told,
            prompt=await finding.prompt(parley, prompt) if prompt else "",
            model=model.removeprefix("models/"),
            knowledge=known,
            tools=[knowing.tool_name(each) for each in tool or ()],
            temperature=temperature,
        )
        created = await parley.assistants.create(wanted)
        note(f"Created: {one_line(created.display_name)}")
        typer.echo(id_of(created))

    run(url, action)


@app.command()
def show(assistant: Which, url: Url = DEFAULT_URL) -> None:
    """Show an assistant."""

    async def action(parley: Parley) -> None:
        found = await parley.assistants.get(await finding.assistant(parley, assistant))
        show_rows(("", ""), facts(found), nothing="")
        if found.instructions:
            typer.echo(f"\n{harmless(found.instructions)}")

    run(url, action)


@app.command()
def change(
    assistant: Which,
    name: NewName = "",
    description: Description = "",
    instructions: Instructions = "",
    prompt: knowing.Prompt = "",
    model: Model = "",
    document: knowing.Documents = None,
    collection: knowing.Collections = None,
    knowledge: knowing.Everything = False,
    tool: knowing.Tools = None,
    temperature: Temperature = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Change of an assistant what is said; the rest stays."""
    told = text_of(instructions)

    async def action(parley: Parley) -> None:
        known = await knowing.knowledge(
            parley,
            documents=document or (),
            collections=collection or (),
            everything=knowledge,
        )
        given = {
            "display_name": name,
            "description": description,
            "instructions": told,
            "prompt": await finding.prompt(parley, prompt) if prompt else "",
            "model": model.removeprefix("models/"),
            "knowledge": known,
            "tools": [knowing.tool_name(each) for each in tool or ()],
        }
        fields = [field for field, value in given.items() if value]
        fields += ["temperature"] if temperature is not None else []
        if not fields:
            raise typer.BadParameter("say what is to be different")
        wanted = Assistant(
            name=await finding.assistant(parley, assistant),
            display_name=name,
            description=description,
            instructions=told,
            prompt=str(given["prompt"]),
            model=str(given["model"]),
            knowledge=known,
            tools=[knowing.tool_name(each) for each in tool or ()],
            temperature=temperature,
        )
        changed = await parley.assistants.update(wanted, fields)
        note(f"Changed: {one_line(changed.display_name)}")

    run(url, action)


@app.command()
def delete(assistant: Which, url: Url = DEFAULT_URL) -> None:
    """Delete an assistant; documents and prompts stay."""

    async def action(parley: Parley) -> None:
        await parley.assistants.delete(await finding.assistant(parley, assistant))
        note(f"Deleted: {one_line(assistant)}")

    run(url, action)


async def list_all(parley: Parley) -> None:
    """Print every assistant."""
    rows = [
        (
            id_of(each),
            one_line(each.display_name),
            one_line(each.model),
            one_line(each.description),
        )
        async for each in parley.assistants.list()
    ]
    nothing = "There is no assistant yet. Create one: parley assistants create NAME"
    show_rows(("id", "name", "model", "what for"), rows, nothing=nothing)


def facts(assistant: Assistant) -> list[tuple[str, str]]:
    """Return what an assistant is, but for its instructions."""
    knowledge = assistant.knowledge
    within = map(id_of, [*knowledge.collections, *knowledge.documents])
    return [
        ("id", id_of(assistant)),
        ("name", one_line(assistant.display_name)),
        ("what for", one_line(assistant.description)),
        ("model", one_line(assistant.model)),
        ("prompt", id_of(assistant.prompt)),
        ("knows", "everything" if knowledge.all else one_line(", ".join(within))),
        ("tools", one_line(", ".join(map(id_of, assistant.tools)))),
        *(
            [("temperature", f"{assistant.temperature:g}")]
            if assistant.HasField("temperature")
            else []
        ),
    ]
