"""What administrators do: `parley admin …`."""

import typer

from parley_client.command import (
    audit,
    groups,
    invitations,
    policy,
    roles,
    signing_keys,
    users,
)

HELP = """\
Manage users, roles, groups, invitations, who may sign up, keys and the audit log.

\b
For owners and admins. Examples:
  $ parley admin users --email ann
  $ parley admin users set-role ann@example.com guest
  $ parley admin groups create Sales
  $ parley admin invitations create ann@example.com --group Sales
  $ parley admin policy set --sign-up invitation

What changes rights asks that you have signed in within the last ten minutes.
"""

app = typer.Typer(help=HELP, no_args_is_help=True)
app.add_typer(users.app, name="users")
app.add_typer(roles.app, name="roles")
app.add_typer(groups.app, name="groups")
app.add_typer(invitations.app, name="invitations")
app.add_typer(policy.app, name="policy")
app.add_typer(audit.app, name="audit")
app.add_typer(signing_keys.app, name="keys")
