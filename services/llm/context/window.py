"""The policy by which a model's window is filled."""

from collections.abc import Sequence
from dataclasses import dataclass

UNSAID_OUTPUT = 4_096  # tokens kept free for an answer of nobody knows what length
MAX_RESULTS = 16_384  # tokens kept free for what tools return


@dataclass(frozen=True, slots=True)
class Piece:
    """A turn, as the policy sees it."""

    tokens: int
    instructs: bool = False  # of the system: always shown
    opens: bool = False  # of the user: something may begin with it


@dataclass(frozen=True, slots=True)
class Cut:
    """What fits."""

    passages: int  # so many, the best
    first: int  # the first turn that is shown, beside instructions before it
    summary: int = 0  # tokens that a summary of what is dropped may have
    exceeded: bool = False  # not even what is always shown fits


def reserved(window: int, *, wanted: int, max_output: int) -> int:
    """
    Return how much of a window is kept free for the answer.

    What the caller asks for, or else what the model writes at most, but then no more
    than a quarter of the window; never more than half of it.
    """
    if wanted:
        return min(wanted, max_output or wanted, window // 2)
    return min(max_output or UNSAID_OUTPUT, window // 4)


def for_results(window: int) -> int:
    """Return how much of a window is kept free for what tools return, if any may."""
    return min(MAX_RESULTS, window // 4)


def last_of(pieces: Sequence[Piece]) -> int:
    """Return where what was said last begins: with the user's last turn."""
    for index in range(len(pieces) - 1, -1, -1):
        if pieces[index].opens:
            return index
    return len(pieces) - 1


def fit(
    room: int,
    *,
    system: int,
    passages: Sequence[int],
    pieces: Sequence[Piece],
    summary: int,
    results: int = 0,
) -> Cut:
    """
    Say what fits into so many tokens, in this order.

    1. Instructions, memories, and the user's last turn with whatever follows it. If
       these do not fit, nothing does: `exceeded`.
       Of what is left, `results` is kept free.
    2. Passages, the best first, in at most half of what is left.
    3. The newest turns without a gap, back to where the user speaks.
    4. If turns are dropped, a summary of them: for it a quarter of what is left after
       the passages is kept free, and no more than `summary`.
    """
    last = last_of(pieces)
    room -= system + sum(
        piece.tokens
        for index, piece in enumerate(pieces)
        if index >= last or piece.instructs
    )
    if room < 0:
        return Cut(0, last, exceeded=True)
    room = max(0, room - results)
    shown, taken = 0, 0
    for tokens in passages:
        if taken + tokens > room // 2:
            break
        shown, taken = shown + 1, taken + tokens
    room -= taken
    first = reach(room, pieces, last)
    if all(piece.instructs for piece in pieces[:first]):
        return Cut(shown, 0)
    summary = min(summary, room // 4)
    return Cut(shown, opened(pieces, reach(room - summary, pieces, last)), summary)


def reach(room: int, pieces: Sequence[Piece], last: int) -> int:
    """Return how far back turns fit that come before the last."""
    first = last
    for index in range(last - 1, -1, -1):
        if not pieces[index].instructs:
            room -= pieces[index].tokens
        if room < 0:
            break
        first = index
    return first


def opened(pieces: Sequence[Piece], first: int) -> int:
    """Go forward to where the user speaks: an answer makes no sense by itself."""
    while first < last_of(pieces) and not pieces[first].opens:
        first += 1
    return first
