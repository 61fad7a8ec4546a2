"""How a window is filled: what is shown, and what is summarised."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from prometheus_client import Counter as Metric

from services.kit.errors import Overloaded, Unavailable
from services.kit.tokens import TURN_TOKENS
from services.llm.context import quotations
from services.llm.context.gaps import gap as gap_of
from services.llm.context.model import (
    IMAGE_TOKENS,
    Content,
    Filled,
    Gap,
    Summary,
    most,
)
from services.llm.context.ports import Summaries, Summariser
from services.llm.context.tokenizers import Counter, Tokenizers
from services.llm.context.window import Cut, Piece, fit, for_results, last_of, reserved
from services.llm.model import Model, Turn
from services.llm.wanted import Fill

log = logging.getLogger(__name__)

# What is longer than so many windows, by estimate, needs no exact count.
COUNTED_WINDOWS = 4
FIND_SECONDS = 0.5  # that an answer waits for a summary that is there

missed = Metric(
    "llm_summaries_missed", "Answers without a summary because the store was away."
)


class Windows:
    """Fills the windows of models, by the policy of `window.fit`."""

    def __init__(
        self, tokenizers: Tokenizers, summaries: Summaries, summariser: Summariser
    ) -> None:
        self._tokenizers = tokenizers
        self._summaries = summaries
        self._summariser = summariser

    async def fill(self, user_id: UUID, model: Model, content: Content) -> Filled:
        """Say what is shown to a model; everything, if its window is not known."""
        counter = await self._tokenizers.counter(model.id)
        filling = Filling(model, content, counter, self._tokenizers.estimating)
        await filling.count()
        cut = filling.cut()
        if not cut.summary:
            return filling.filled(cut)
        found = await self._found(user_id, content)
        # One that is too long to be shown is still what the next goes on from.
        missing = gap_of(user_id, model, content.turns, filling.pieces, cut, found)
        if found:
            (tokens,) = await filling.each([quotations.summed_up(found.text)])
            if tokens <= cut.summary:
                return filling.filled(cut, found.text, tokens, missing)
        return filling.filled(cut, gap=missing)

    def summarise(self, gap: Gap) -> None:
        """Have summed up what did not fit, for the answers to come."""
        self._summariser.wanted(gap)

    async def _found(self, user_id: UUID, content: Content) -> Summary | None:
        ids = [turn.id for turn in content.turns if turn.id]
        try:
            async with asyncio.timeout(FIND_SECONDS):
                return await self._summaries.find(user_id, ids)
        except (Unavailable, Overloaded, TimeoutError):
            missed.inc()
            log.warning("the store of summaries is away")
            return None


class Filling:
    """One window being filled."""

    def __init__(
        self, model: Model, content: Content, counter: Counter, rough: Counter
    ) -> None:
        self._rough = rough
        # Where nothing has to fit, nobody waits for more than an estimate.
        self._exact = counter.exact and model.window > 0
        self._model = model
        self._content = content
        self._counter = counter if self._exact else rough
        self._output = reserved(
            model.window, wanted=content.max_output, max_output=model.max_output
        )
        turns = content.turns
        # The caller's instructions and ours are one turn: many models take no second.
        self._own = turns[0].text if turns and turns[0].role == "system" else ""
        self._rendered = [
            quotations.rendered(number, passage)
            for number, passage in enumerate(content.passages, start=1)
        ]
        self.pieces: list[Piece] = []
        self._system = 0
        self._citing = 0
        self._passages: list[int] = []

    async def count(self) -> None:
        """Count everything that might be shown."""
        content = self._content
        self._system = sum(await self.each([*self._instructions(), content.tools]))
        if self._rendered:
            frame = quotations.CITING + quotations.block(())
            self._citing, *self._passages = await self.each([frame, *self._rendered])
        counts = await self._counted(content.turns)
        self.pieces = [
            Piece(
                0 if index == 0 and self._own else tokens,
                instructs=turn.role == "system",
                opens=turn.role == "user",
            )
            for index, (turn, tokens) in enumerate(
                zip(content.turns, counts, strict=True)
            )
        ]

    async def each(self, texts: Sequence[str]) -> list[int]:
        """Count texts, each with what parts it from others; nothing for no text."""
        counts = await self._counter.count(texts)
        return [count and count + TURN_TOKENS for count in counts]

    async def _counted(self, turns: Sequence[Turn]) -> list[int]:
        """Count turns, exactly but for those that are too old to fit anyway."""
        texts = [turn.text for turn in turns]
        counts = await self._rough.count(texts)
        if self._exact:
            newest = self._newest(counts)
            counts[newest:] = await self._counter.count(texts[newest:])
        return [
            count + TURN_TOKENS + IMAGE_TOKENS * len(turn.images)
            for turn, count in zip(turns, counts, strict=True)
        ]

    def _newest(self, counts: Sequence[int]) -> int:
        """Return the first of the turns that may fit, as far as estimates tell."""
        enough = self._model.window * COUNTED_WINDOWS
        for index in range(len(counts) - 1, -1, -1):
            enough -= counts[index]
            if enough < 0:
                return index + 1
        return 0

    def cut(self) -> Cut:
        """Say what fits."""
        model, content = self._model, self._content
        if not model.window:
            return Cut(len(self._passages), 0)
        dated = any(turn.id for turn in content.turns)
        passages = list(self._passages)
        if passages:
            passages[0] += self._citing
        return fit(
            model.window - self._output,
            system=self._system,
            passages=passages,
            pieces=self.pieces,
            summary=most(model.window) if dated else 0,
            results=for_results(model.window) if content.tools else 0,
        )

    def filled(
        self, cut: Cut, summary: str = "", tokens: int = 0, gap: Gap | None = None
    ) -> Filled:
        """Put together what is shown."""
        content, pieces = self._content, self.pieces
        shown = [
            turn
            for index, turn in enumerate(content.turns)
            if index >= cut.first or pieces[index].instructs
        ]
        passages = self._rendered[: cut.passages]
        if passages:
            index = last_of([pieces_of(turn) for turn in shown])
            said = quotations.block(passages) + shown[index].text
            shown[index] = replace(shown[index], text=said)
        instructions = self._instructions()
        if passages:
            instructions.append(quotations.CITING)
        if summary:
            instructions.append(quotations.summed_up(summary))
        system = "\n\n".join(filter(None, instructions))
        if self._own:
            shown[0] = replace(shown[0], text=system)
        elif system:
            shown.insert(0, Turn("system", system))
        return Filled(
            tuple(shown),
            tuple(content.passages[: cut.passages]),
            self._fill(cut, tokens),
            gap,
        )

    def _instructions(self) -> list[str]:
        return [self._content.before, self._own, self._content.after]

    def _fill(self, cut: Cut, summary: int) -> Fill:
        kept = [
            piece
            for index, piece in enumerate(self.pieces)
            if index >= cut.first or piece.instructs
        ]
        citing = self._citing if cut.passages else 0
        system = self._system + citing + sum(self._passages[: cut.passages])
        images = any(turn.images for turn in self._content.turns[cut.first :])
        return Fill(
            model=self._model.id,
            system=system + sum(piece.tokens for piece in kept if piece.instructs),
            turns=sum(piece.tokens for piece in kept if not piece.instructs),
            summary=summary,
            dropped_turns=len(self.pieces) - len(kept),
            window=self._model.window,
            output=self._output,
            exceeded=cut.exceeded,
            exact=self._exact and not images and not self._content.tools,
        )


def pieces_of(turn: Turn) -> Piece:
    """Look at a turn that is shown."""
    return Piece(0, instructs=turn.role == "system", opens=turn.role == "user")
