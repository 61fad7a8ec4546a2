"""What OpenAI wants back with the results of tools: all items, as they were."""

from collections.abc import Sequence

import msgspec

from services.llm.model import ProviderEvent
from services.llm.providers.keeping import Kept
from services.llm.providers.lines import decoded
from services.llm.providers.responses_stream import ResponsesStream


class Item(msgspec.Struct):
    """What decides whether an item can come back."""

    type: str = ""
    encrypted_content: str | None = None
    phase: str | None = None  # whether a text is the answer or on the way to it


ITEM = msgspec.json.Decoder(Item)


class KeepingResponsesStream(ResponsesStream):
    """Collects the items of an answer, too."""

    def __init__(self, model: str, writer: str) -> None:
        self._kept = Kept(writer)
        super().__init__(model, self._kept)
        self._items: list[bytes] = []
        self._more = False  # than plain words say

    def end(self) -> Sequence[ProviderEvent]:
        """Return what wants to come back, the calls, and what was used."""
        end = super().end()
        return self._kept.before(end, self._items) if self._more else end

    def _finish(self, said: msgspec.Raw) -> None:
        super()._finish(said)
        data = bytes(said)
        item = decoded(ITEM, data)
        if item.type == "reasoning" and not item.encrypted_content:
            # It is kept nowhere, so that nobody could find it by its ID.
            self._kept.spoil()
        self._more = self._more or item.type == "reasoning" or bool(item.phase)
        if self._kept.holds(len(data)):
            self._items.append(data)
