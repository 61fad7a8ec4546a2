"""Roles: `parley admin roles …`."""

from typing import Annotated

import typer

from parley.access.v1.access_pb2 import Permission
from parley_client import DEFAULT_URL, Parley
from parley_client.command.harmless import one_line
from parley_client.command.listing import show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note

app = typer.Typer()

Id = Annotated[str, typer.Argument(help="What it is called in commands: a-z, 0-9, -.")]
Permissions = Annotated[
    list[str], typer.Argument(metavar="PERMISSION…", help="As the list shows them.")
]
Name = Annotated[str, typer.Option("--name", help="What people call it.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    List, make and delete roles, which say what people may do.

    \b
    Examples:
      $ parley admin roles create auditor chat audit_read
      $ parley admin users set-role ann@example.com auditor
    """
    if context.invoked_subcommand is not None:
        return

    async def action(parley: Parley) -> None:
        rows = [
            (
                each.name.removeprefix("roles/"),
                one_line(each.display_name),
                " ".join(map(permission_name, each.permissions)),
            )
            async for each in parley.administration.roles()
        ]
        show_rows(("id", "name", "may"), rows, nothing="")

    run(url, action)


@app.command()
def create(
    id: Id, permissions: Permissions, name: Name = "", url: Url = DEFAULT_URL
) -> None:
    """Make a role."""
    wanted = [permission(each) for each in permissions]

    async def action(parley: Parley) -> None:
        await parley.administration.create_role(id, name or id, wanted)
        note(f"Made: {one_line(id)}")

    run(url, action)


@app.command()
def delete(id: Id, url: Url = DEFAULT_URL) -> None:
    """Delete a role that nobody has."""

    async def action(parley: Parley) -> None:
        await parley.administration.delete_role(id)
        note("Deleted.")

    run(url, action)


def permission_name(value: Permission.ValueType) -> str:
    """Write a permission as people type it; one of a newer Parley as its number."""
    if value in Permission.values():
        return Permission.Name(value).removeprefix("PERMISSION_").lower()
    return str(value)


def permission(name: str) -> Permission.ValueType:
    """Read a permission."""
    try:
        return Permission.Value(f"PERMISSION_{name.upper()}")
    except ValueError as error:
        known = ", ".join(permission_name(each) for each in Permission.values() if each)
        raise typer.BadParameter(f"{name!r} is none of {known}") from error
