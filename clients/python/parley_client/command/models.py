"""Which models there are."""

from parley_client import DEFAULT_URL, Model, Parley
from parley_client.command.harmless import one_line
from parley_client.command.listing import show_rows
from parley_client.command.options import Url, run

CAPABILITIES = {
    Model.CAPABILITY_VISION: "vision",
    Model.CAPABILITY_TOOLS: "tools",
    Model.CAPABILITY_JSON_SCHEMA: "schema",
    Model.CAPABILITY_REASONING: "reasoning",
}
MICROS = 1_000_000


def models(url: Url = DEFAULT_URL) -> None:
    """
    List the models that can be asked, the default first.

    The window is in tokens, read and written together. The price is in US dollars for
    a million tokens read, and for a million written.

    \b
    Example:
      $ parley chat --model "$(parley models | tail -1 | cut -f1)" "Who are you?"
    """

    async def action(parley: Parley) -> None:
        found = [row(model) async for model in parley.models()]
        names = ("model", "provider", "name", "window", "can", "price")
        show_rows(names, found, nothing="There is no model. Ask whoever runs Parley.")

    run(url, action)


def row(model: Model) -> tuple[str, ...]:
    """Return what is shown of a model."""
    id = model.name.removeprefix("models/")
    can = (CAPABILITIES[each] for each in model.capabilities if each in CAPABILITIES)
    return (
        one_line(id),
        one_line(model.provider),
        one_line(model.display_name),
        f"{model.window_tokens:,}" if model.window_tokens else "",
        ", ".join(can),
        price(model),
    )


def price(model: Model) -> str:
    """Return what a model costs, or nothing if that is not known."""
    read = model.input_micros_per_million_tokens
    written = model.output_micros_per_million_tokens
    return f"{read / MICROS:g} / {written / MICROS:g}" if read or written else ""
