"""What an answer is to rest on, as it is said on a command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from parley_client import GenerationOptions, Knowledge, Parley
from parley_client.command import finding

PANEL = "What the answer rests on"

Attach = Annotated[
    list[Path] | None,
    typer.Option(
        "--attach",
        "-a",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Upload this file and ask about it; up to ten times.",
        rich_help_panel=PANEL,
    ),
]
Documents = Annotated[
    list[str] | None,
    typer.Option(
        "--document",
        metavar="DOCUMENT",
        help="Answer from this one of `parley documents`.",
        rich_help_panel=PANEL,
    ),
]
Collections = Annotated[
    list[str] | None,
    typer.Option(
        "--collection",
        metavar="COLLECTION",
        help="Answer from this one of `parley collections`.",
        rich_help_panel=PANEL,
    ),
]
Everything = Annotated[
    bool,
    typer.Option(
        "--knowledge", help="Answer from all my documents.", rich_help_panel=PANEL
    ),
]
Assistant = Annotated[
    str,
    typer.Option(
        "--assistant",
        help="Ask this one of `parley assistants`.",
        rich_help_panel=PANEL,
    ),
]
Prompt = Annotated[
    str,
    typer.Option(
        "--prompt",
        help="Instruct the model with this one of `parley prompts`.",
        rich_help_panel=PANEL,
    ),
]
Variables = Annotated[
    list[str] | None,
    typer.Option(
        "--var",
        metavar="NAME=VALUE",
        help="What a variable of the prompt stands for.",
        rich_help_panel=PANEL,
    ),
]
Tools = Annotated[
    list[str] | None,
    typer.Option(
        "--tool",
        metavar="TOOL",
        help="Let the model call this one of `parley tools`.",
        rich_help_panel=PANEL,
    ),
]
Schema = Annotated[
    Path | None,
    typer.Option(
        "--schema",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Have the answer follow this JSON Schema.",
        rich_help_panel=PANEL,
    ),
]
Cached = Annotated[
    bool,
    typer.Option(
        "--cached",
        help="Take an answer that was given to exactly this before.",
        rich_help_panel=PANEL,
    ),
]


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """What answers are to rest on, as a person says it."""

    documents: Sequence[str] = ()
    collections: Sequence[str] = ()
    everything: bool = False
    assistant: str = ""
    prompt: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    tools: Sequence[str] = ()
    schema: str = ""
    cached: bool = False


async def options(parley: Parley, grounds: Grounds) -> GenerationOptions:
    """Return what is meant, as Parley has it."""
    assistant, prompt = grounds.assistant, grounds.prompt
    wanted = GenerationOptions(
        assistant=await finding.assistant(parley, assistant) if assistant else "",
        prompt=await finding.prompt(parley, prompt) if prompt else "",
        prompt_variables=grounds.variables,
        tools=[tool_name(tool) for tool in grounds.tools],
        response_schema=grounds.schema,
        cached=grounds.cached,
    )
    known = await knowledge(
        parley,
        documents=grounds.documents,
        collections=grounds.collections,
        everything=grounds.everything,
    )
    if known:
        wanted.knowledge.CopyFrom(known)
    return wanted


async def knowledge(
    parley: Parley,
    *,
    documents: Sequence[str],
    collections: Sequence[str],
    everything: bool,
) -> Knowledge | None:
    """Return where to look for passages; None for nowhere in particular."""
    if not (documents or collections or everything):
        return None
    return Knowledge(
        all=everything,
        collections=[await finding.collection(parley, each) for each in collections],
        documents=[await finding.document(parley, each) for each in documents],
    )


def variables(given: Sequence[str]) -> dict[str, str]:
    """Read what variables stand for."""
    pairs = [each.partition("=") for each in given]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise typer.BadParameter(f"--var {name!r} is not like NAME=VALUE")
    return {name: value for name, _, value in pairs}


def tool_name(tool: str) -> str:
    """Return how a reply's options name a tool."""
    return f"tools/{tool.rpartition('/')[2]}"
