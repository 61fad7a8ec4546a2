"""Which models there are."""

from parley_client import DEFAULT_URL, Model, Parley
from parley_client.command.harmless import one_line
from parley_client.command.listing import show_rows
from parley_client.command.options import Url, run


def models(url: Url = DEFAULT_URL) -> None:
    """
    List the models that can be asked, the default first.

    \b
    Example:
      $ parley chat --model "$(parley models | tail -1 | cut -f1)" "Who are you?"
    """

    async def action(parley: Parley) -> None:
        found = [row(model) async for model in parley.models()]
        names = ("model", "provider", "name")
        show_rows(names, found, nothing="There is no model. Ask whoever runs Parley.")

    run(url, action)


def row(model: Model) -> tuple[str, str, str]:
    """Return what is shown of a model."""
    id = model.name.removeprefix("models/")
    return one_line(id), one_line(model.provider), one_line(model.display_name)
