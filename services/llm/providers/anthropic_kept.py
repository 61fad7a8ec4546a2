"""What Anthropic wants back with the results of tools: all blocks, as they were."""

from collections.abc import Mapping, Sequence

import msgspec

from services.llm.model import ProviderEvent
from services.llm.providers.anthropic_stream import AnthropicStream, New
from services.llm.providers.keeping import Kept
from services.llm.providers.lines import decoded

THOUGHT = ("thinking", "redacted_thinking")
BLOCK = msgspec.json.Decoder(dict[str, object] | None)
INPUT = msgspec.json.Decoder(dict[str, object])


class KeepingAnthropicStream(AnthropicStream):
    """Puts the blocks of an answer together, too."""

    def __init__(self, model: str, writer: str) -> None:
        self._kept = Kept(writer)
        super().__init__(model, self._kept)
        self._begun: dict[int, dict[str, object]] = {}
        self._more: dict[tuple[int, str], list[str]] = {}

    def end(self) -> Sequence[ProviderEvent]:
        """Return what wants to come back, the calls, and what was used."""
        end = super().end()
        if not any(block.get("type") in THOUGHT for block in self._begun.values()):
            return end  # plain words say as much
        blocks = [self._block(index) for index in self._begun]
        content = [msgspec.json.encode(block) for block in blocks if sayable(block)]
        return self._kept.before(end, content)

    def _begin(self, index: int, begun: msgspec.Raw) -> None:
        super()._begin(index, begun)
        said = bytes(begun)
        if self._kept.holds(len(said)):
            self._begun[index] = decoded(BLOCK, said) or {}

    def _go_on(self, index: int, new: New) -> None:
        super()._go_on(index, new)
        if new.text is not None:
            self._add(index, "text", new.text)
        elif new.thinking is not None:
            self._add(index, "thinking", new.thinking)
        elif new.partial_json is not None:
            self._add(index, "input", new.partial_json)
        elif new.signature is not None:
            self._add(index, "signature", new.signature)
        else:
            self._kept.spoil()  # nobody knows what this adds

    def _add(self, index: int, name: str, more: str) -> None:
        if self._kept.holds(len(more)):
            self._more.setdefault((index, name), []).append(more)

    def _block(self, index: int) -> dict[str, object]:
        block = dict(self._begun[index])
        for name in ("text", "thinking", "signature"):
            if more := self._more.get((index, name)):
                block[name] = f"{block.get(name) or ''}{''.join(more)}"
        if written := "".join(self._more.get((index, "input"), ())):
            block["input"] = as_written(written)
        return block


def sayable(block: Mapping[str, object]) -> bool:
    """Tell whether a block can be said: of its own texts, it refuses blank ones."""
    return block.get("type") != "text" or bool(str(block.get("text")).strip())


def as_written(arguments: str) -> object:
    """Say arguments as the model wrote them, if they are an object at all."""
    try:
        INPUT.decode(arguments)
    except msgspec.DecodeError:
        return {}
    return msgspec.Raw(arguments.encode())
