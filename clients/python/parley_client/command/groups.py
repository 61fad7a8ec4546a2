"""Groups: `parley admin groups …`."""

from typing import Annotated

import typer

from parley.auth.v1.group_service_pb2 import Group
from parley_client import DEFAULT_URL, Parley
from parley_client.command.harmless import one_line
from parley_client.command.listing import show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note
from parley_client.command.users import User, find_user

app = typer.Typer()

Which = Annotated[
    str, typer.Argument(metavar="GROUP", help="The group, by its name or id.")
]
Name = Annotated[str, typer.Argument(help="What to call it.")]
Role = Annotated[str, typer.Option("--role", help="What its members may besides.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    List, make and delete groups, and say who is in them.

    \b
    Examples:
      $ parley admin groups create Sales
      $ parley admin groups add Sales ann@example.com
    """
    if context.invoked_subcommand is not None:
        return

    async def action(parley: Parley) -> None:
        rows = [
            (
                each.name.removeprefix("groups/"),
                one_line(each.display_name),
                each.role.removeprefix("roles/"),
            )
            async for each in parley.administration.groups()
        ]
        nothing = "There is no group yet. Make one: parley admin groups create NAME"
        show_rows(("id", "name", "role"), rows, nothing=nothing)

    run(url, action)


@app.command()
def create(name: Name, role: Role = "", url: Url = DEFAULT_URL) -> None:
    """Make a group."""

    async def action(parley: Parley) -> None:
        made = await parley.administration.create_group(name, role=role)
        note(f"Made: {one_line(made.display_name)}")

    run(url, action)


@app.command()
def delete(group: Which, url: Url = DEFAULT_URL) -> None:
    """Delete a group; its members stay users."""

    async def action(parley: Parley) -> None:
        await parley.administration.delete_group(await find_group(parley, group))
        note("Deleted.")

    run(url, action)


@app.command()
def members(group: Which, url: Url = DEFAULT_URL) -> None:
    """List who is in a group."""

    async def action(parley: Parley) -> None:
        found = await find_group(parley, group)
        rows = [
            (user.removeprefix("users/"),)
            async for user in parley.administration.members(found)
        ]
        show_rows(("id",), rows, nothing="Nobody is in it.")

    run(url, action)


@app.command()
def add(group: Which, user: User, url: Url = DEFAULT_URL) -> None:
    """Take a user into a group."""

    async def action(parley: Parley) -> None:
        found = await find_group(parley, group)
        await parley.administration.add_member(found, await find_user(parley, user))
        note("Added.")

    run(url, action)


@app.command()
def remove(group: Which, user: User, url: Url = DEFAULT_URL) -> None:
    """Take a user out of a group."""

    async def action(parley: Parley) -> None:
        found = await find_group(parley, group)
        await parley.administration.remove_member(found, await find_user(parley, user))
        note("Removed.")

    run(url, action)


async def find_group(parley: Parley, given: str) -> Group:
    """Return the group that is meant by a name or an id; what is an id is no name."""
    groups = [each async for each in parley.administration.groups()]
    for each in groups:
        if each.name == f"groups/{given.lower()}":
            return each
    for each in groups:
        if each.display_name.casefold() == given.casefold():
            return each
    raise typer.BadParameter(f"there is no group {given!r}: parley admin groups")
