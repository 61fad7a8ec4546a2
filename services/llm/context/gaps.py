"""Which turns are to be summed up next."""

from collections.abc import Sequence
from uuid import UUID

from services.kit.tokens import estimate
from services.llm.context.model import Gap, Summary, most
from services.llm.context.window import Cut, Piece, last_of
from services.llm.model import Model, Turn

MAX_READ = 12_000  # tokens of turns that are summed up at once
MAX_TURN = 4_000  # characters of one turn; of a longer one, its beginning and end


def gap(
    user_id: UUID,
    model: Model,
    turns: Sequence[Turn],
    pieces: Sequence[Piece],
    cut: Cut,
    found: Summary | None,
) -> Gap | None:
    """
    Return the turns that the next summary adds to the one there is.

    It reaches ahead, over half of what still fits: so a summary does for many answers,
    and is there before it is needed.
    """
    covered = found_at(turns, found)
    until = ahead(pieces, cut, share=2)
    if covered >= min(until, ahead(pieces, cut, share=8)):
        return None
    # What it takes to ask for a summary has to fit into the same window.
    left = min(MAX_READ, model.window // 2)
    longest = min(MAX_TURN, left)
    chosen: list[Turn] = []
    for index in range(covered + 1, until + 1):
        if pieces[index].instructs:
            continue
        turn = shortened(turns[index], longest)
        left -= estimate(turn.text)
        if left < 0:
            break
        chosen.append(turn)
    # Only where a message ends is a summary found again.
    while chosen and not chosen[-1].id:
        chosen.pop()
    if not chosen or not (message_id := chosen[-1].id):
        return None
    return Gap(
        user_id=user_id,
        model=model.id,
        before=found.text if found else "",
        turns=tuple(chosen),
        message_id=message_id,
        tokens=most(model.window),
    )


def found_at(turns: Sequence[Turn], found: Summary | None) -> int:
    """Return the last turn that a summary covers; -1 if there is none."""
    if not found:
        return -1
    ids = [turn.id for turn in turns]
    return len(ids) - 1 - ids[::-1].index(found.message_id)


def ahead(pieces: Sequence[Piece], cut: Cut, *, share: int) -> int:
    """Return the last turn in what is dropped and the oldest share of what is kept."""
    kept = range(cut.first, last_of(pieces))
    room = sum(pieces[index].tokens for index in kept) // share
    until = cut.first - 1
    for index in kept:
        room -= pieces[index].tokens
        if room < 0:
            break
        until = index
    return until


def shortened(turn: Turn, longest: int) -> Turn:
    """Leave out the middle of a long turn, and what is not text."""
    text = turn.text
    if len(text) > longest:
        tail = longest // 4
        text = f"{text[: longest - tail]}\n[…]\n{text[-tail:]}"
    return Turn(turn.role, text, turn.id)
