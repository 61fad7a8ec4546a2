"""Users: `parley admin users …`."""

from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley
from parley_client.command import roles
from parley_client.command.harmless import one_line
from parley_client.command.listing import local, show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note

app = typer.Typer()

User = Annotated[
    str, typer.Argument(metavar="USER", help="The user, by e-mail address or id.")
]
Email = Annotated[str, typer.Option("--email", help="Whose address begins so.")]
OfRole = Annotated[str, typer.Option("--role", help="Who have this role themselves.")]
Disabled = Annotated[
    bool | None, typer.Option("--disabled/--enabled", help="Who is, or is not.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.callback(invoke_without_command=True)
def default(
    context: typer.Context,
    email: Email = "",
    role: OfRole = "",
    disabled: Disabled = None,
    url: Url = DEFAULT_URL,
) -> None:
    """
    List, disable and delete users, and say what they may do.

    \b
    Examples:
      $ parley admin users --disabled
      $ parley admin users disable ann@example.com
    """
    if context.invoked_subcommand is not None:
        return

    async def action(parley: Parley) -> None:
        rows = [
            (
                each.name.removeprefix("users/"),
                one_line(each.email),
                each.role.removeprefix("roles/"),
                local(each.create_time),
                "disabled" if each.HasField("disable_time") else "",
            )
            async for each in parley.administration.users(
                email_prefix=email, role=role, disabled=disabled
            )
        ]
        names = ("id", "e-mail", "role", "since", "")
        show_rows(names, rows, nothing="There is no such user.")

    run(url, action)


@app.command()
def show(user: User, url: Url = DEFAULT_URL) -> None:
    """Show a user, and what the user may do."""

    async def action(parley: Parley) -> None:
        found = await parley.administration.user(await find_user(parley, user))
        rows = [
            ("id", found.name.removeprefix("users/")),
            ("e-mail", one_line(found.email)),
            ("name", one_line(found.display_name)),
            ("role", found.role.removeprefix("roles/")),
            ("groups", " ".join(each.removeprefix("groups/") for each in found.groups)),
            ("may", " ".join(map(roles.permission_name, found.permissions))),
        ]
        show_rows(("", ""), rows, nothing="")

    run(url, action)


@app.command()
def disable(user: User, url: Url = DEFAULT_URL) -> None:
    """Keep a user out, everywhere and at once. What the user has stays."""

    async def action(parley: Parley) -> None:
        await parley.administration.disable(await find_user(parley, user))
        note(f"Disabled. Undo it: parley admin users enable {one_line(user)}")

    run(url, action)


@app.command()
def enable(user: User, url: Url = DEFAULT_URL) -> None:
    """Let a disabled user sign in again."""

    async def action(parley: Parley) -> None:
        await parley.administration.enable(await find_user(parley, user))
        note("Enabled.")

    run(url, action)


@app.command()
def delete(user: User, yes: Yes = False, url: Url = DEFAULT_URL) -> None:
    """Delete a user with all conversations and documents. Cannot be undone."""
    if not yes:
        typer.confirm(f"Delete {one_line(user)} with all that is theirs?", abort=True)

    async def action(parley: Parley) -> None:
        await parley.administration.delete(await find_user(parley, user))
        note("Deleted.")

    run(url, action)


@app.command("set-role")
def set_role(
    user: User,
    role: Annotated[str, typer.Argument(help="One of `parley admin roles`.")],
    url: Url = DEFAULT_URL,
) -> None:
    """Give a user another role."""

    async def action(parley: Parley) -> None:
        await parley.administration.set_role(await find_user(parley, user), role)
        note(f"Now {one_line(role)}.")

    run(url, action)


@app.command("reset-factors")
def reset_factors(user: User, url: Url = DEFAULT_URL) -> None:
    """Take away the second factors of who has lost them, and end all sessions."""

    async def action(parley: Parley) -> None:
        await parley.administration.reset_factors(await find_user(parley, user))
        note("Reset. The user signs in with the first factor, and adds others.")

    run(url, action)


@app.command("sign-out")
def sign_out(user: User, url: Url = DEFAULT_URL) -> None:
    """End all sessions of a user."""

    async def action(parley: Parley) -> None:
        await parley.administration.end_sessions(await find_user(parley, user))
        note("Signed out everywhere.")

    run(url, action)


async def find_user(parley: Parley, given: str) -> str:
    """Return the id of who is meant by an address or an id."""
    if "@" not in given:
        return given
    async for each in parley.administration.users(email_prefix=given):
        if each.email.casefold() == given.casefold():
            return each.name
    raise typer.BadParameter(f"nobody has the address {given!r}: parley admin users")
