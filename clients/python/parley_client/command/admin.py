"""What whoever runs Parley does."""

import typer

from parley_client.command import audit, signing_keys

app = typer.Typer(no_args_is_help=True)
app.add_typer(audit.app, name="audit")
app.add_typer(signing_keys.app, name="keys")


@app.callback()
def default() -> None:
    """Run this Parley: your role has to allow it."""
