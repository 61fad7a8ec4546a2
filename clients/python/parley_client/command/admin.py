"""What administrators do."""

import typer

from parley_client.command import audit

app = typer.Typer(help="What administrators do.", no_args_is_help=True)
app.add_typer(audit.app, name="audit")
