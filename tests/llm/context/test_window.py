"""The policy by which a window is filled, for conversations of every kind."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.llm.context.window import Cut, Piece, fit, last_of, reserved

PIECE = st.builds(
    lambda tokens, role: Piece(
        tokens, instructs=role == "system", opens=role == "user"
    ),
    st.integers(0, 400),
    st.sampled_from(["system", "user", "user", "assistant", "assistant"]),
)
PIECES = st.lists(PIECE, min_size=1, max_size=30)
TOKENS = st.integers(0, 300)
PASSAGES = st.lists(TOKENS, max_size=8)


def user(tokens: int) -> Piece:
    return Piece(tokens, opens=True)


def model(tokens: int) -> Piece:
    return Piece(tokens)


def shown(pieces: list[Piece], cut: Cut) -> list[int]:
    return [
        index
        for index, piece in enumerate(pieces)
        if index >= cut.first or piece.instructs
    ]


@given(st.integers(0, 3_000), TOKENS, PASSAGES, PIECES, TOKENS)
def test_what_is_shown_never_exceeds_the_window(
    room: int, system: int, passages: list[int], pieces: list[Piece], summary: int
):
    cut = fit(room, system=system, passages=passages, pieces=pieces, summary=summary)
    assume(not cut.exceeded)

    turns = sum(pieces[index].tokens for index in shown(pieces, cut))
    assert system + sum(passages[: cut.passages]) + turns + cut.summary <= room
    assert cut.summary <= summary


@given(st.integers(0, 3_000), TOKENS, PASSAGES, PIECES, TOKENS)
def test_what_was_said_last_is_always_there_and_only_then_refused(
    room: int, system: int, passages: list[int], pieces: list[Piece], summary: int
):
    last = last_of(pieces)
    least = system + sum(
        piece.tokens
        for index, piece in enumerate(pieces)
        if index >= last or piece.instructs
    )

    cut = fit(room, system=system, passages=passages, pieces=pieces, summary=summary)

    assert cut.exceeded == (least > room)
    assert cut.first <= last
    assert shown(pieces, cut)[-1] == len(pieces) - 1


@given(st.integers(0, 3_000), TOKENS, PASSAGES, PIECES, TOKENS)
def test_the_newest_are_kept_in_order_without_a_gap_from_where_the_user_speaks(
    room: int, system: int, passages: list[int], pieces: list[Piece], summary: int
):
    cut = fit(room, system=system, passages=passages, pieces=pieces, summary=summary)

    kept = [i for i in shown(pieces, cut) if not pieces[i].instructs]
    said = [i for i, piece in enumerate(pieces) if not piece.instructs]
    assert kept == said[len(said) - len(kept) :]
    if len(kept) < len(said) and any(piece.opens for piece in pieces):
        assert pieces[kept[0]].opens


@given(TOKENS, PASSAGES, PIECES, TOKENS)
def test_a_conversation_that_fits_is_shown_whole_and_needs_no_summary(
    system: int, passages: list[int], pieces: list[Piece], summary: int
):
    turns = system + sum(piece.tokens for piece in pieces)

    # Passages have at most half of what the last question leaves.
    cut = fit(
        2 * turns + 2 * sum(passages),
        system=system,
        passages=passages,
        pieces=pieces,
        summary=summary,
    )

    assert cut == Cut(len(passages), 0)


@pytest.mark.parametrize(
    ("room", "cut"),
    [
        (50, Cut(0, 2, 0)),  # what was said last, and nothing else
        (90, Cut(1, 2, 5)),  # the best passage in half of what is left
        (150, Cut(2, 0, 0)),  # everything
        (149, Cut(2, 2, 14)),  # one too few for a turn, which makes room for a summary
    ],
)
def test_first_the_question_then_passages_then_turns_then_a_summary(
    room: int, cut: Cut
):
    pieces = [user(30), model(30), user(40)]

    found = fit(room, system=10, passages=[20, 20], pieces=pieces, summary=100)

    assert found == cut


def test_turns_make_room_for_the_summary_of_those_that_are_dropped():
    pieces = [user(30), model(30), user(30), model(30), user(40)]

    without = fit(110, system=10, passages=(), pieces=pieces, summary=0)
    with_one = fit(110, system=10, passages=(), pieces=pieces, summary=100)

    assert without == Cut(0, 2, 0)
    assert with_one == Cut(0, 4, 15)


@pytest.mark.parametrize(
    ("window", "wanted", "max_output", "kept"),
    [
        (8_000, 0, 0, 2_000),
        (128_000, 0, 0, 4_096),
        (128_000, 0, 16_384, 16_384),
        (8_000, 0, 16_384, 2_000),
        (8_000, 500, 16_384, 500),
        (8_000, 9_000, 0, 4_000),
        (128_000, 20_000, 16_384, 16_384),
    ],
)
def test_room_is_kept_for_the_answer(
    window: int, wanted: int, max_output: int, kept: int
):
    assert reserved(window, wanted=wanted, max_output=max_output) == kept
