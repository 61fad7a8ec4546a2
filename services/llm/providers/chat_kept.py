"""What makers of chat completions want back: thoughts, in the fields they came in."""

from collections.abc import Sequence

import msgspec

from services.llm.model import ProviderEvent, ToolUse, Turn
from services.llm.providers.chat_messages import call, plain
from services.llm.providers.chat_stream import CallPart, ChatStream, Choice, Chunk, New
from services.llm.providers.keeping import Kept

Detail = dict[str, object]
STREAMED = {"reasoning.text": "text", "reasoning.summary": "summary"}


class KeptPart(CallPart):
    """A part of a call, with what signs it."""

    extra_content: Detail | None = None  # Gemini's, in this protocol


class KeptNew(New):
    """What is new, with what signs it."""

    reasoning_details: list[Detail] | None = None  # OpenRouter's
    tool_calls: list[KeptPart] | None = None


class KeptChoice(Choice):
    """One answer."""

    delta: KeptNew | None = None


class KeptChunk(Chunk):
    """One event."""

    choices: list[KeptChoice] = msgspec.field(default_factory=list)


class KeepingChatStream(ChatStream):
    """Collects what was thought, and what is signed, too."""

    chunks = msgspec.json.Decoder(KeptChunk)

    def __init__(self, model: str, writer: str) -> None:
        self._kept = Kept(writer)
        super().__init__(model, self._kept)
        self._thoughts: dict[str, list[str]] = {}
        self._details: list[Explained] = []
        self._extras: dict[object, dict[str, object]] = {}

    def end(self) -> Sequence[ProviderEvent]:
        """Return what wants to come back, the calls, and what was used."""
        end = super().end()
        uses = tuple(event for event in end if isinstance(event, ToolUse))
        if not uses or not (self._thoughts or self._details or self._extras):
            return end  # plain words say as much
        return self._kept.before(end, [msgspec.json.encode(self._message(uses))])

    def _message(self, uses: tuple[ToolUse, ...]) -> dict[str, object]:
        said = plain(Turn("assistant", self._kept.text, tool_uses=uses))
        said["tool_calls"] = [
            call(use) | self._extras.get(key, {})
            for key, use in zip(self._calls.keys, uses, strict=True)
        ]
        for field, texts in self._thoughts.items():
            said[field] = "".join(texts)
        if self._details:
            said["reasoning_details"] = [detail.whole for detail in self._details]
        return said

    def _hear(self, new: New) -> None:
        super()._hear(new)
        # An empty one, too: a model that thinks may miss it.
        if new.reasoning_content is not None:
            self._think("reasoning_content", new.reasoning_content)
        if new.reasoning is not None:
            self._think("reasoning", new.reasoning)
        if isinstance(new, KeptNew):
            for detail in new.reasoning_details or ():
                self._explain(detail)

    def _call_on(self, parts: Sequence[CallPart]) -> None:
        for part in parts:
            super()._call_on([part])
            extra = part.extra_content if isinstance(part, KeptPart) else None
            if extra and self._kept.holds(len(msgspec.json.encode(extra))):
                self._extras[self._call] = {"extra_content": extra}

    def _think(self, field: str, text: str) -> None:
        if self._kept.holds(len(text)):
            self._thoughts.setdefault(field, []).append(text)

    def _explain(self, detail: Detail) -> None:
        if not self._kept.holds(len(msgspec.json.encode(detail))):
            return
        if self._details and self._details[-1].goes_on(detail):
            self._details[-1].add(detail)
        else:
            self._details.append(Explained(detail))


class Explained:
    """A detail of what was thought, which may come in pieces."""

    def __init__(self, detail: Detail) -> None:
        self._field = STREAMED.get(str(detail.get("type")), "")
        self._said: Detail = {}
        self._texts: list[str] = []
        self.add(detail)

    def goes_on(self, detail: Detail) -> bool:
        """Tell whether a detail is a piece of this: what is signed is over."""
        same = (self._said.get(name) == detail.get(name) for name in ("type", "index"))
        return bool(self._field) and not self._said.get("signature") and all(same)

    def add(self, detail: Detail) -> None:
        """Go on by a piece."""
        text = detail.get(self._field)
        if isinstance(text, str):
            self._texts.append(text)
        self._said |= {key: value for key, value in detail.items() if value is not None}

    @property
    def whole(self) -> Detail:
        """All of it."""
        if not self._texts:
            return self._said
        return self._said | {self._field: "".join(self._texts)}
