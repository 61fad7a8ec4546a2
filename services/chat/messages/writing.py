"""A reply that this process writes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from services.chat.messages.beside import THOUGHT
from services.chat.messages.model import (
    Begun,
    Ending,
    State,
    attempt_of,
    first_seq,
)
from services.chat.messages.ports import (
    Answered,
    Entries,
    Piece,
    Refused,
    Turn,
    Written,
)
from services.chat.messages.run import MERGED, Run
from services.kit.tokens import estimate_turns


@dataclass(frozen=True, slots=True)
class Halted:
    """The answer is not wanted any more, or may not go on."""

    reason: Literal["BUDGET_EXHAUSTED"] | None = None
    answered: Answered | None = None  # what the provider counted


@dataclass(frozen=True, slots=True)
class Place:
    """How much of what stands beside the text the other replicas can read."""

    notes: int = 0
    thought: int = 0  # characters
    order: int = 0  # of the last one at the last entry that they can read


BEGINNING = Place()
How = Answered | Refused | Halted
STATES: dict[type[How], State] = {
    Answered: "completed",
    Refused: "failed",
    Halted: "stopped",
}


@dataclass(slots=True, kw_only=True)
class Writing:
    """A reply being written: what was begun, its log, and what controls it."""

    begun: Begun
    run: Run
    tries: int
    stop_seq: int | None
    allowance: int | None  # output tokens that the budget allows so far
    first_token_time: datetime | None = None
    answered: bool = False  # even if only with calls of tools
    tokens: int = 0  # of the text of this attempt, as the provider sent them
    thought_tokens: int = 0  # and those of calls of tools
    read_tokens: int = 0  # as far as the llm service said
    model: str = ""  # that is asked, as far as it said
    flushed: int = 0  # the last entry that the other replicas can read
    flushed_beside: Place = BEGINNING
    _unconfirmed: tuple[int, Place] = (0, BEGINNING)
    ending: bool = False  # nothing can stop it any more
    generating: "asyncio.Task[object] | None" = field(default=None, repr=False)

    @classmethod
    def of(cls, begun: Begun) -> "Writing":
        """Begin to write a reply."""
        run = Run(begun.name, begun.reply.attempt)
        if begun.prefix:
            run.append(begun.prefix)
        run.load(begun.beside)
        return cls(
            begun=begun,
            run=run,
            tries=begun.tries,
            stop_seq=begun.stop_seq,
            allowance=begun.allowance,
            flushed=first_seq(1),
        )

    def add(self, written: Written) -> None:
        """Add what the model says, or thinks."""
        self.answered = True
        if isinstance(written, Piece):
            self.tokens += written.tokens
            if written.text:
                self.run.append(written.text)
        else:
            self.thought_tokens += written.tokens
            self.run.think(written.text)

    @property
    def turns(self) -> Sequence[Turn]:
        """What the model is shown."""
        turns = [
            Turn(turn.role, turn.text, turn.id, turn.attachments)
            for turn in self.begun.history
            if turn.text  # a reply that failed at once said nothing
        ]
        if self.begun.prefix:
            turns.append(Turn("assistant", self.begun.prefix))
        return turns

    def stop(self, seq: int) -> None:
        """Have it end, with the text up to an entry, or with all that there is."""
        if self.ending or self.stop_seq is not None:
            return
        self.stop_seq = seq
        if self.generating:
            self.generating.cancel()

    def restart(self) -> None:
        """Begin the next attempt."""
        self.tries += 1
        self.tokens, self.thought_tokens, self.read_tokens = 0, 0, 0
        self.first_token_time, self.answered = None, False
        self.run.restart(self.run.attempt + 1)
        if self.begun.prefix:
            self.run.append(self.begun.prefix)
        self.run.load(self.begun.beside)

    @property
    def kept(self) -> str:
        """The text to store: of a reply that is stopped, what the user saw."""
        seq = self.stop_seq
        if seq and attempt_of(seq) == self.run.attempt:
            return self.run.upto(seq)
        return self.run.text

    def unflushed(self) -> Sequence[Entries]:
        """Return what others cannot read yet, as far as one entry carries."""
        run, entries = self.run, []
        reply, beginning = self.begun.name.id, first_seq(self.run.attempt)
        at, place = self.flushed, self.flushed_beside
        if at < beginning:
            entries.append(Entries(reply, beginning, mark="restarted"))
            at, place = beginning, BEGINNING
        order, thought, notes = place.order, place.thought, place.notes

        def beside(key: str, value: bytes, offset: int = 0) -> Entries:
            return Entries(reply, at, order=order, key=key, value=value, offset=offset)

        if thought < run.beside.thought:
            order += 1
            text = run.beside.thought_after(thought, MERGED)
            entries.append(beside(THOUGHT, text.encode(), thought))
            thought += len(text)
        for following, note in run.beside.after(notes):
            while at < note.seq:
                (at, text), order = run.after(at, note.seq), 0
                entries.append(Entries(reply, at, text))
            order, notes = order + 1, following
            entries.append(beside(note.key, note.value))
        if at < run.seq:
            (at, text), order = run.after(at), 0
            entries.append(Entries(reply, at, text))
        self._unconfirmed = at, Place(notes, thought, order)
        return entries

    def confirm(self) -> None:
        """Take down that others can read what was unflushed."""
        at, place = self._unconfirmed
        if at >= self.flushed:
            self.flushed, self.flushed_beside = at, place

    @property
    def all_flushed(self) -> bool:
        """Tell whether others can read all that there is."""
        thought = self.flushed_beside.thought
        return self.flushed >= self.run.seq and thought >= self.run.beside.thought

    def ended(self, how: How) -> Ending:
        """Say how it ended, with what is kept of it."""
        text, run = self.kept, self.run
        end = first_seq(run.attempt) + len(text)
        counted = how.answered if isinstance(how, Halted) else how
        given = len(self.begun.prefix)
        written = len(run.text) - given
        share = max(0, len(text) - given) / written if written else 0
        usage = counted if isinstance(counted, Answered) else None
        return Ending(
            state=STATES[type(how)],
            text=text,
            seq=end + 1,
            attempt=run.attempt,
            model=(counted.model if counted else "") or self.model,
            failure=None if isinstance(how, Answered) else how.reason,
            input_tokens=usage.input_tokens if usage else self.input_estimate,
            output_tokens=(
                usage.output_tokens
                if usage
                else self.thought_tokens + round(self.tokens * share)
            ),
            beside=run.beside.packed(upto=end),
            estimated=usage is None,
            first_token_time=self.first_token_time,
        )

    @property
    def input_estimate(self) -> int:
        """Count what the model was shown, where nobody else did."""
        if not self.answered:
            return 0
        return self.read_tokens or estimate_turns(turn.text for turn in self.turns)

    @property
    def left(self) -> int | None:
        """Return how many tokens the budget allows still; None if there is no limit."""
        if self.allowance is None:
            return None
        unforeseen = max(0, self.read_tokens - self.begun.foreseen)
        return self.allowance - self.tokens - self.thought_tokens - unforeseen
