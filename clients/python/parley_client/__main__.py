"""The `parley` command: joins its parts."""

import os
import sys

import typer

from parley_client.command import (
    account,
    admin,
    assistants,
    chat,
    collections,
    conversations,
    documents,
    folders,
    keys,
    media,
    memories,
    models,
    organising,
    prompts,
    search,
    shares,
    signing_in,
    tools,
    transfer,
    usage,
    watch,
)

HELP = """\
Chat with language models, in the terminal.

\b
Begin with:
  $ parley login --sign-up
  $ parley chat "What can you do?"
  $ parley chat --attach report.pdf "What does it say?"

\b
Programs and CI use an API key, which needs no signing in:
  $ export PARLEY_API_KEY=parley_…      (make one: parley keys create)

\b
Exit codes:
  0    done
  1    failed: one line on stderr says what to do next
  2    wrong usage
  130  interrupted with Ctrl-C
"""


def command() -> typer.Typer:
    """Put the commands together."""
    app = typer.Typer(
        name="parley",
        help=HELP,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.command()(signing_in.login)
    app.command()(signing_in.logout)
    app.command()(account.whoami)
    app.add_typer(keys.app, name="keys")
    app.command()(chat.chat)
    for organise in organising.ALL:
        conversations.app.command()(organise)
    app.add_typer(conversations.app, name="conversations")
    app.command()(search.search)
    app.add_typer(folders.app, name="folders")
    app.add_typer(shares.app, name="share")
    app.add_typer(documents.app, name="documents")
    app.add_typer(collections.app, name="collections")
    app.add_typer(assistants.app, name="assistants")
    app.add_typer(prompts.app, name="prompts")
    app.add_typer(memories.app, name="memories")
    app.add_typer(tools.app, name="tools")
    app.add_typer(admin.app, name="admin")
    app.command()(media.say)
    app.command()(media.transcribe)
    app.command()(media.draw)
    app.command()(transfer.export)
    app.command("import")(transfer.import_file)
    app.command()(models.models)
    app.command()(usage.usage)
    app.command()(watch.watch)
    app.add_typer(admin.app, name="admin")
    app.command("erase-data")(account.erase_data)
    app.command("delete-account")(account.delete_account)
    return app


def main() -> None:
    """Run the command of the command line."""
    # A character that the terminal cannot show is no reason to break off.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # real files
    try:
        command()()
    except BrokenPipeError:
        # Whoever read, like `head`, has enough. Nothing is to be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
