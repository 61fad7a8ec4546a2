"""Invitations: `parley admin invitations …`."""

from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley
from parley_client.command.groups import find_group
from parley_client.command.harmless import one_line
from parley_client.command.listing import local, show_rows
from parley_client.command.options import Url, run
from parley_client.command.screen import note

app = typer.Typer()

Email = Annotated[
    str, typer.Argument(metavar="[EMAIL]", help="The only address that may use it.")
]
Domain = Annotated[str, typer.Option("--domain", help="Or the domain of those.")]
Role = Annotated[str, typer.Option("--role", help="What the person may do.")]
Group = Annotated[list[str] | None, typer.Option("--group", help="To come into.")]
Mail = Annotated[bool, typer.Option("--mail", help="Send it, and show it to nobody.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="One of those that list shows.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    Invite people: each invitation is good for seven days and one person.

    \b
    Examples:
      $ parley admin invitations create ann@example.com --role guest
      $ parley admin invitations create --domain example.com --group Sales
    """
    if context.invoked_subcommand is not None:
        return

    async def action(parley: Parley) -> None:
        rows = [
            (
                each.name.removeprefix("invitations/"),
                one_line(each.email or each.domain) or "anybody",
                each.role.removeprefix("roles/"),
                local(each.expire_time),
            )
            async for each in parley.administration.invitations()
        ]
        names = ("id", "for", "role", "until")
        show_rows(names, rows, nothing="Nobody is invited.")

    run(url, action)


@app.command()
def create(
    email: Email = "",
    domain: Domain = "",
    role: Role = "",
    group: Group = None,
    mail: Mail = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Invite somebody; the token is shown once."""
    if mail and not email:
        raise typer.BadParameter("--mail needs an EMAIL")
    if email and domain:
        raise typer.BadParameter("it is for an EMAIL or a --domain, not both")

    async def action(parley: Parley) -> None:
        groups = [(await find_group(parley, each)).name for each in group or ()]
        _, token = await parley.administration.invite(
            email, domain=domain, role=role, groups=groups, send_mail=mail
        )
        if token:
            typer.echo(token)
            note("Give it to the person: it is not shown again.")
        else:
            note("Sent.")

    run(url, action)


@app.command()
def delete(id: Id, url: Url = DEFAULT_URL) -> None:
    """Take an invitation back."""

    async def action(parley: Parley) -> None:
        await parley.administration.delete_invitation(id)
        note("Taken back.")

    run(url, action)
