"""What of a conversation a model of a known window is shown."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.tokens import estimate_turns
from services.llm.context.filling import Windows
from services.llm.context.model import Content
from services.llm.context.summaries import NoSummaries
from services.llm.context.tokenizers import Tokenizers
from services.llm.context.window import reserved
from services.llm.model import Model, Role, Turn
from tests.llm.generation.parts import ME, passage, said

TEXT = st.text(min_size=1, max_size=200)
TURNS = st.lists(
    st.tuples(st.sampled_from(["system", "user", "user", "assistant"]), TEXT),
    min_size=1,
    max_size=12,
)


def windows() -> Windows:
    nothing = NoSummaries()
    return Windows(Tokenizers(), nothing, nothing)


def model(window: int) -> Model:
    return Model("m", "p", window=window)


@settings(max_examples=200)
@given(st.integers(50, 2_000), TURNS, st.lists(TEXT, max_size=4), TEXT)
async def test_what_is_sent_never_exceeds_the_window_whatever_is_said(
    window: int, said: list[tuple[Role, str]], passages: list[str], before: str
):
    turns = tuple(Turn(role, text) for role, text in said)
    content = Content(
        turns=turns,
        before=before,
        passages=[passage(text) for text in passages],
        max_output=20,
    )

    filled = await windows().fill(ME, model(window), content)

    sent = estimate_turns(turn.text for turn in filled.turns)
    room = window - reserved(window, wanted=20, max_output=0)
    assert sent <= filled.fill.total
    assert (filled.fill.total <= room) != filled.fill.exceeded
    left = [turn for turn in filled.turns if turn.role != "system"]
    given = [turn for turn in turns if turn.role != "system"]
    assert [turn.role for turn in left] == [
        t.role for t in given[len(given) - len(left) :]
    ]
    if any(turn.role == "user" for turn in turns):
        last = [turn.text for turn in turns if turn.role == "user"][-1]
        assert any(turn.text.endswith(last) for turn in left)


async def test_the_newest_turns_are_sent_and_the_rest_is_counted_as_dropped():
    turns = said(*(f"{n} " + "word" * 96 for n in range(9)))  # about 100 tokens each
    content = Content(turns=turns, max_output=100)

    filled = await windows().fill(ME, model(700), content)

    assert filled.turns == turns[-5:]
    assert filled.fill.dropped_turns == 4
    assert filled.fill.window == 700
    assert not filled.fill.exact


async def test_an_unknown_window_is_sent_everything():
    turns = said(*["word" * 10_000] * 9)

    filled = await windows().fill(ME, model(0), Content(turns=turns))

    assert filled.turns == turns
    assert filled.fill.dropped_turns == 0


async def test_a_last_question_longer_than_the_window_is_counted_by_itself():
    content = Content(turns=said("Hi", "Hello", "word" * 1_000))

    filled = await windows().fill(ME, model(1_000), content)

    assert filled.fill.exceeded
    assert filled.fill.total > 1_000
    assert filled.fill.dropped_turns == 2


async def test_instructions_amid_the_conversation_stay_where_they_are():
    turns = (
        *said("word" * 100, "word" * 100),
        Turn("system", "From now on in French.", UUID(int=1)),
        *said("word" * 100, "word" * 100, "Go on"),
    )
    content = Content(turns=turns, max_output=50)

    filled = await windows().fill(ME, model(200), content)

    assert [turn.text for turn in filled.turns] == ["From now on in French.", "Go on"]
    assert filled.fill.dropped_turns == 4


async def test_the_parts_of_a_window_are_counted_apart():
    turns = (Turn("system", "word"), *said("word" * 2, "word" * 3, "word" * 4))
    content = Content(turns=turns, before="word" * 5, after="word" * 6, tools="word")

    filled = await windows().fill(ME, model(1_000), content)

    assert filled.fill.system == (1 + 4) + (5 + 4) + (6 + 4) + (1 + 4)
    assert filled.fill.turns == 2 + 3 + 4 + 3 * 4
    assert filled.fill.total == filled.fill.system + filled.fill.turns
