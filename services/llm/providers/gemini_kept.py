"""What Gemini wants back with the results of tools: all parts, as they were."""

from collections.abc import Sequence

import msgspec

from services.llm.model import ProviderEvent
from services.llm.providers.gemini_stream import (
    Candidate,
    Chunk,
    Content,
    GeminiStream,
    Part,
)
from services.llm.providers.keeping import Kept
from services.llm.providers.lines import decoded


class KeptPart(Part, rename="camel"):
    """A part, with what signs it."""

    thought_signature: str | None = None


class KeptContent(Content):
    """What is new."""

    parts: list[KeptPart] = msgspec.field(default_factory=list)


class KeptCandidate(Candidate, rename="camel"):
    """One answer."""

    content: KeptContent | None = None


class KeptChunk(Chunk, rename="camel"):
    """One event."""

    candidates: list[KeptCandidate] = msgspec.field(default_factory=list)


class Parts(msgspec.Struct):
    """The parts of what is new, with all that is in them."""

    parts: list[msgspec.Raw] = []


class Whole(msgspec.Struct):
    """One answer."""

    content: Parts | None = None


class Event(msgspec.Struct):
    """One event."""

    candidates: list[Whole] = []


CHUNK = msgspec.json.Decoder(KeptChunk)
EVENT = msgspec.json.Decoder(Event)


class KeepingGeminiStream(GeminiStream):
    """Collects the parts of an answer, too."""

    def __init__(self, model: str, writer: str) -> None:
        self._kept = Kept(writer)
        super().__init__(model, self._kept)
        self._parts: list[bytes] = []
        self._thought = False  # what is said now
        self._texts: list[str] = []
        self._signed = False

    def end(self) -> Sequence[ProviderEvent]:
        """Return what wants to come back, the calls, and what was used."""
        self._join_texts()
        end = super().end()
        # Else plain words say as much.
        return self._kept.before(end, self._parts) if self._signed else end

    def _hear(self, payload: bytes) -> None:
        chunk = decoded(CHUNK, payload)
        self._read(chunk)
        content = chunk.candidates[0].content if chunk.candidates else None
        if not content:
            return
        whole: Sequence[msgspec.Raw] = ()
        for number, part in enumerate(content.parts):
            if part.text is not None and not part.thought_signature:
                self._say(part.text, thought=part.thought)
                continue
            # What is signed is joined with nothing, and what is no text not looked at.
            self._join_texts()
            self._signed = self._signed or bool(part.thought_signature)
            whole = whole or parts_of(payload)
            said = bytes(whole[number])
            if self._kept.holds(len(said)):
                self._parts.append(said)

    def _say(self, text: str, *, thought: bool) -> None:
        if thought is not self._thought:
            self._join_texts()
            self._thought = thought
        if text and self._kept.holds(len(text)):
            self._texts.append(text)

    def _join_texts(self) -> None:
        if self._texts:
            said: dict[str, object] = {"text": "".join(self._texts)}
            if self._thought:
                said["thought"] = True
            self._parts.append(msgspec.json.encode(said))
            self._texts = []


def parts_of(payload: bytes) -> Sequence[msgspec.Raw]:
    """Return the parts that came, as they came."""
    content = decoded(EVENT, payload).candidates[0].content
    return content.parts if content else ()
