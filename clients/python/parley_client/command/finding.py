"""What a person means by a name or an id."""

from collections.abc import AsyncIterator
from typing import Protocol
from uuid import UUID

import typer

from parley_client import Parley
from parley_client.names import id_of, name_of


class Kept(Protocol):
    """Something with a name to show."""

    @property
    def name(self) -> str:
        """Its resource name."""

    @property
    def display_name(self) -> str:
        """What it is called."""


async def named(listed: AsyncIterator[Kept], given: str, what: str, see: str) -> str:
    """Return the id or resource name that is meant; the command `see` lists them."""
    if "/" in given or is_id(given):
        return given
    meant = [each.name async for each in listed if each.display_name == given]
    if len(meant) == 1:
        return meant[0]
    many = f"{len(meant)} {what}s are called {given!r}; say which by its id"
    none = f"there is no {what} {given!r}"
    raise typer.BadParameter(f"{many if meant else none}. See them: {see}")


async def document(parley: Parley, given: str) -> str:
    """Return the document that is meant."""
    documents = parley.documents
    found = await named(documents.list(), given, "document", "parley documents")
    return documents.name(found)


async def collection(parley: Parley, given: str) -> str:
    """Return the collection that is meant, which others may share."""
    if name := await collection_called(parley, given):
        return name
    listed = parley.collections.list()
    found = await named(listed, given, "collection", "parley collections")
    return parley.collections.name(found)


async def collection_called(parley: Parley, given: str) -> str:
    """Return the only collection of this name or id, or nothing."""
    meant = [
        each.name
        async for each in parley.collections.list()
        if given in (each.display_name, each.name, id_of(each))
    ]
    return meant[0] if len(meant) == 1 else ""


async def group(parley: Parley, given: str) -> str:
    """Return the group that is meant, which one is in if it is named."""
    listed, see = parley.account.groups(), "parley collections groups"
    return name_of(await named(listed, given, "group", see), "groups")


async def prompt(parley: Parley, given: str) -> str:
    """Return the prompt that is meant."""
    prompts = parley.prompts
    return prompts.name(await named(prompts.list(), given, "prompt", "parley prompts"))


async def assistant(parley: Parley, given: str) -> str:
    """Return the assistant that is meant."""
    assistants = parley.assistants
    return assistants.name(
        await named(assistants.list(), given, "assistant", "parley assistants")
    )


def is_id(given: str) -> bool:
    """Say whether it looks like what lists show."""
    try:
        return str(UUID(given)) == given
    except ValueError:
        return False
