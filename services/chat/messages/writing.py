"""A reply that this process writes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from services.chat.messages.model import (
    Begun,
    Ending,
    State,
    attempt_of,
    first_seq,
)
from services.chat.messages.ports import Answered, Entries, Refused, Turn
from services.chat.messages.run import Run
from services.kit.tokens import estimate_turns


@dataclass(frozen=True, slots=True)
class Halted:
    """The answer is not wanted any more, or may not go on."""

    reason: Literal["BUDGET_EXHAUSTED"] | None = None
    answered: Answered | None = None  # what the provider counted


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
    tokens: int = 0  # written in this attempt, as the provider sent them
    flushed: int = 0  # the last entry that the other replicas can read
    ending: bool = False  # nothing can stop it any more
    generating: "asyncio.Task[object] | None" = field(default=None, repr=False)

    @classmethod
    def of(cls, begun: Begun) -> "Writing":
        """Begin to write a reply."""
        run = Run(begun.name, begun.reply.attempt)
        if begun.prefix:
            run.append(begun.prefix)
        return cls(
            begun=begun,
            run=run,
            tries=begun.tries,
            stop_seq=begun.stop_seq,
            allowance=begun.allowance,
            flushed=first_seq(1),
        )

    @property
    def turns(self) -> Sequence[Turn]:
        """What the model is shown."""
        turns = [
            Turn(turn.role, turn.text)
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
        self.tokens, self.first_token_time = 0, None
        self.run.restart(self.run.attempt + 1)
        if self.begun.prefix:
            self.run.append(self.begun.prefix)

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
        if self.flushed < beginning:
            entries.append(Entries(reply, beginning, mark="restarted"))
        if run.seq > (at := max(self.flushed, beginning)):
            seq, text = run.after(at)
            entries.append(Entries(reply, seq, text))
        return entries

    def ended(self, how: How) -> Ending:
        """Say how it ended, with what is kept of it."""
        text, run = self.kept, self.run
        counted = how.answered if isinstance(how, Halted) else how
        given = len(self.begun.prefix)
        written = len(run.text) - given
        share = max(0, len(text) - given) / written if written else 0
        usage = counted if isinstance(counted, Answered) else None
        return Ending(
            state=STATES[type(how)],
            text=text,
            seq=first_seq(run.attempt) + len(text) + 1,
            attempt=run.attempt,
            model="" if counted is None else counted.model,
            failure=None if isinstance(how, Answered) else how.reason,
            input_tokens=usage.input_tokens if usage else self.input_estimate,
            output_tokens=(
                usage.output_tokens if usage else round(self.tokens * share)
            ),
            estimated=usage is None,
            first_token_time=self.first_token_time,
        )

    @property
    def input_estimate(self) -> int:
        """Count what the model was shown, where nobody else did."""
        if not self.first_token_time:
            return 0  # the model never answered
        return estimate_turns(turn.text for turn in self.turns)
