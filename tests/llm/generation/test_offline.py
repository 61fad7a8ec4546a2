"""The flow of a newcomer: no model, a document, a question, a cited quotation."""

import pytest

from services.llm.generation.answers import Answers
from services.llm.model import Cited, Completed, Delta, Event, Passage, Searched
from services.llm.names import CollectionName
from services.llm.providers.offline import OfflineProvider
from services.llm.wanted import Knowledge, Options, Wanted
from tests.calls import everything
from tests.llm.generation.parts import ME, Catalogue, Library, passage, said

BEFORE = "Working hours are agreed with the team. " * 12
SENTENCE = "The notice period is three months to the end of a quarter."
AFTER = " Holidays are asked for in writing, two weeks before they begin." * 12
HANDBOOK = passage(f"{BEFORE}{SENTENCE}{AFTER}", page=12)
NOTICE = "How long is the notice period?"


async def ask(library: Library, *texts: str, options: Options | None = None):
    answers = Answers(OfflineProvider(), retriever=library)
    wanted = Wanted(user_id=ME, turns=said(*texts), options=options or Options())
    return await everything(answers.generate(wanted))


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


def citations(events: list[Event]) -> list[Cited]:
    return [event for event in events if isinstance(event, Cited)]


async def test_the_best_sentences_are_quoted_and_cited_with_their_exact_span():
    events = await ask(Library([HANDBOOK]), NOTICE)

    text, (cited,) = text_of(events), citations(events)
    quote = cited.passage.text
    assert SENTENCE in quote
    assert len(quote) < 200
    assert HANDBOOK.text[cited.passage.start : cited.passage.end] == quote
    assert f"> {quote}\n>\n> — handbook.pdf, page 12 [1]\n" in text
    assert "No model is configured" in text
    assert "OPENAI_API_KEY=" in text
    assert events[0] == Searched(1, degraded=False)
    assert events[-1] == Completed("offline", "stop")


async def test_nobody_is_shown_passages():
    offline = Catalogue(OfflineProvider(), await OfflineProvider().models())
    turns = said(NOTICE)
    answers = Answers(offline, retriever=Library([HANDBOOK]))

    await everything(answers.generate(Wanted(user_id=ME, turns=turns)))

    assert offline.questions[0].turns == turns


async def test_the_citation_follows_the_word_that_comes_to_it():
    events = await ask(Library([HANDBOOK]), NOTICE)

    before = events[events.index(citations(events)[0]) - 1]
    assert isinstance(before, Delta)
    assert before.text.strip() == "[1]"


async def test_everything_that_the_user_has_is_searched_unless_they_say_where():
    library, collection = Library([HANDBOOK]), CollectionName.new(ME)
    there = Knowledge(collections=(collection,))

    await ask(library, NOTICE)
    await ask(library, NOTICE, options=Options(knowledge=there))

    assert library.asked == [(NOTICE, Knowledge(all=True)), (NOTICE, there)]


async def test_a_short_question_is_answered_as_what_it_follows_up():
    events = await ask(Library([HANDBOOK]), NOTICE, "Three months.", "Until when?")

    assert "end of a quarter" in citations(events)[0].passage.text


async def test_nothing_found_is_said_and_how_to_upload_and_configure():
    events = await ask(Library([HANDBOOK]), "Which volcanoes erupt?")

    text = text_of(events)
    assert "nothing in them fits this question" in text
    assert "parley documents upload" in text
    assert "OPENAI_API_KEY=" in text
    assert citations(events) == []
    assert events[0] == Searched(0, degraded=False)


async def test_a_search_that_failed_is_not_called_nothing_found():
    events = await ask(Library([HANDBOOK], degraded=True), NOTICE)

    assert "could not be searched just now" in text_of(events)
    assert "nothing in them fits" not in text_of(events)
    assert events[0] == Searched(0, degraded=True)


async def test_neighbours_that_overlap_are_quoted_once():
    start = len(BEFORE) - 100
    neighbour = Passage(
        HANDBOOK.document,
        "handbook.pdf",
        HANDBOOK.text[start:],
        page=12,
        start=start,
        end=len(HANDBOOK.text),
    )

    events = await ask(Library([HANDBOOK, neighbour]), NOTICE)

    assert text_of(events).count(SENTENCE) == 1
    assert [cited.number for cited in citations(events)] == [1]


async def test_at_most_three_passages_are_quoted():
    library = Library([passage(f"Notice {n}.", name=f"{n}.md") for n in range(5)])

    events = await ask(library, "notice")

    assert [cited.number for cited in citations(events)] == [1, 2, 3]
    assert events[0] == Searched(3, degraded=False)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        (
            "notice ![x](http://evil.example/?q)",
            "notice !\\[x\\](http://evil.example/?q)",
        ),
        ("notice <img src=x>", "notice \\<img src=x\\>"),
        ("notice [2] [1]", "notice \\[2\\] \\[1\\]"),
        ("# notice\n- one\n2. two", "\\# notice\n> \\- one\n> 2\\. two"),
        ("notice `*_a_*` | ~~b~~", "notice \\`\\*\\_a\\_\\*\\` \\| \\~\\~b\\~\\~"),
    ],
)
async def test_a_quotation_is_shown_as_it_is_and_does_nothing(hostile: str, shown: str):
    events = await ask(Library([passage(hostile)]), "notice")

    assert f"> {shown}\n>\n> — handbook.pdf, page 1 [1]" in text_of(events)
    assert [cited.number for cited in citations(events)] == [1]
    assert citations(events)[0].passage.text == hostile
