"""The list of models that Anthropic gives."""

from collections.abc import Sequence

import msgspec

from services.llm.model import Capability, Model
from services.llm.providers.lines import decoded


class Support(msgspec.Struct):
    """Whether a model can do something."""

    supported: bool = False


class Capabilities(msgspec.Struct):
    """What a model can do."""

    image_input: Support = msgspec.field(default_factory=Support)
    structured_outputs: Support = msgspec.field(default_factory=Support)
    thinking: Support = msgspec.field(default_factory=Support)


class Listed(msgspec.Struct):
    """One entry of the list of models."""

    id: str
    display_name: str = ""
    max_input_tokens: int | None = None
    max_tokens: int | None = None
    capabilities: Capabilities | None = None


class Listing(msgspec.Struct):
    """The list of models."""

    data: list[Listed]


LISTING = msgspec.json.Decoder(Listing)


def read_models(data: bytes, provider: str) -> Sequence[Model]:
    """Read the list; raises `ModelProtocol`."""
    return [
        Model(
            listed.id,
            provider,
            listed.display_name,
            window=listed.max_input_tokens or 0,
            max_output=listed.max_tokens or 0,
            capabilities=capabilities(listed.capabilities),
        )
        for listed in decoded(LISTING, data).data
    ]


def capabilities(said: Capabilities | None) -> frozenset[Capability]:
    """Say in Parley's words what a model can do."""
    if not said:
        return frozenset()
    can: dict[Capability, bool] = {
        "tools": True,  # all of them
        "vision": said.image_input.supported,
        "json_schema": said.structured_outputs.supported,
        "reasoning": said.thinking.supported,
    }
    return frozenset(capability for capability, has in can.items() if has)
