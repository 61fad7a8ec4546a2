"""Who may sign up, and who needs a second factor: `parley admin policy …`."""

from enum import StrEnum
from typing import Annotated

import typer

from parley.auth.v1.policy_service_pb2 import Policy
from parley_client import DEFAULT_URL, Parley
from parley_client.command.harmless import one_line
from parley_client.command.listing import show_rows
from parley_client.command.options import Url, run

app = typer.Typer()


class SignUp(StrEnum):
    """Who may sign up."""

    open = "open"
    domains = "domains"
    invitation = "invitation"


Who = Annotated[SignUp | None, typer.Option("--sign-up", help="Who may sign up.")]
Domains = Annotated[
    list[str] | None, typer.Option("--domain", help="Whose addresses may sign up.")
]
Role = Annotated[str, typer.Option("--default-role", help="Of who is not invited.")]
Factor = Annotated[
    bool | None,
    typer.Option("--second-factor/--no-second-factor", help="Needed by everybody."),
]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, url: Url = DEFAULT_URL) -> None:
    """
    Show and change who may sign up, and who needs a second factor.

    \b
    Examples:
      $ parley admin policy set --sign-up domains --domain example.com
      $ parley admin policy set --second-factor
    """
    if context.invoked_subcommand is None:
        run(url, show)


@app.command("set")
def change(
    sign_up: Who = None,
    domain: Domains = None,
    default_role: Role = "",
    second_factor: Factor = None,
    url: Url = DEFAULT_URL,
) -> None:
    """Change what is given, and nothing else."""
    policy, paths = Policy(), []
    if sign_up:
        policy.sign_up = Policy.SignUp.Value(f"SIGN_UP_{sign_up.name.upper()}")
        paths.append("sign_up")
    if domain:
        policy.domains.extend(domain)
        paths.append("domains")
    if default_role:
        policy.default_role = f"roles/{default_role}"
        paths.append("default_role")
    if second_factor is not None:
        policy.second_factor_required = second_factor
        paths.append("second_factor_required")
    if not paths:
        raise typer.BadParameter("say what to change: parley admin policy set --help")

    async def action(parley: Parley) -> None:
        await parley.administration.update_policy(policy, paths)
        await show(parley)

    run(url, action)


async def show(parley: Parley) -> None:
    """Print the policy."""
    policy = await parley.administration.policy()
    sign_up = Policy.SignUp.Name(policy.sign_up).removeprefix("SIGN_UP_").lower()
    rows = [
        ("sign-up", sign_up),
        ("domains", one_line(" ".join(policy.domains))),
        ("default role", policy.default_role.removeprefix("roles/")),
        ("second factor", "everybody" if policy.second_factor_required else "optional"),
    ]
    show_rows(("", ""), rows, nothing="")
