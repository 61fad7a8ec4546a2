"""Images that came with turns are shown to models that see."""

import pytest

from services.llm.generation.answers import Answers
from services.llm.generation.showing import ATTACHED, MAX_IMAGES, UNSEEN
from services.llm.model import Cited, Model, ModelRejected, Searched, Turn, Usage
from services.llm.names import DocumentName
from services.llm.providers.offline import OfflineProvider
from services.llm.wanted import Knowledge, Wanted
from tests.calls import everything
from tests.doubles.upstream import Upstream
from tests.llm.generation.conftest import Known
from tests.llm.generation.parts import ME, PNG, Catalogue, Library, passage

PICTURE, PAPER = DocumentName.new(ME), DocumentName.new(ME)


def library() -> Library:
    return Library([passage("What is this?")], {PICTURE: PNG})


async def test_a_model_that_sees_is_shown_the_image(known: Known):
    catalogue = known("vision")
    turns = (Turn("user", "What is this?", attachments=(PICTURE,)),)
    answers = Answers(catalogue, retriever=library())

    events = await everything(answers.generate(Wanted(user_id=ME, turns=turns)))

    (asked,) = catalogue.questions[0].turns
    assert asked.images == (PNG,)
    assert asked.text == "What is this?"
    assert isinstance(events[0], Usage)
    assert events[0].input_tokens > 1_000


async def test_a_model_that_does_not_see_refuses_the_question(
    known: Known, upstream: Upstream
):
    turns = (Turn("user", "What is this?", attachments=(PICTURE,)),)
    answers = Answers(known(window=100_000), retriever=library())

    with pytest.raises(ModelRejected):
        await everything(answers.generate(Wanted(user_id=ME, turns=turns)))

    assert upstream.counts["asked"] == 0


async def test_of_an_older_image_a_model_that_does_not_see_is_told(known: Known):
    catalogue = known(window=100_000)
    turns = (
        Turn("user", "Look", attachments=(PICTURE,)),
        Turn("assistant", "A cat."),
        Turn("user", "What colour?"),
    )
    answers = Answers(catalogue, retriever=library())

    await everything(answers.generate(Wanted(user_id=ME, turns=turns)))

    assert catalogue.questions[0].turns[0].text == f"{UNSEEN}\nLook"
    assert not any(turn.images for turn in catalogue.questions[0].turns)


async def test_what_is_no_image_is_searched_instead(known: Known):
    found = library()
    turns = (Turn("user", "What is this?", attachments=(PICTURE, PAPER)),)
    answers = Answers(known("vision"), retriever=found)

    events = await everything(answers.generate(Wanted(user_id=ME, turns=turns)))

    assert found.asked == [("What is this?", Knowledge(attached=(PAPER,)))]
    assert events[0] == Searched(1, degraded=False)


async def test_the_newest_images_are_shown_and_no_more_than_ten(known: Known):
    names = [DocumentName.new(ME) for _ in range(MAX_IMAGES + 2)]
    catalogue = known("vision")
    turns = tuple(Turn("user", "See", attachments=(name,)) for name in names)
    answers = Answers(catalogue, retriever=Library((), dict.fromkeys(names, PNG)))

    await everything(answers.generate(Wanted(user_id=ME, turns=turns)))

    shown = catalogue.questions[0].turns
    assert [len(turn.images) for turn in shown] == [0, 0] + [1] * MAX_IMAGES
    assert [turn.text for turn in shown[:3]] == [f"{UNSEEN}\nSee"] * 2 + ["See"]


async def test_of_an_image_that_was_not_loaded_a_model_that_sees_is_told(known: Known):
    catalogue, large = known("vision"), DocumentName.new(ME)
    turns = (Turn("user", "See", attachments=(large, PICTURE)),)
    found = Library((), {large: None, PICTURE: PNG})

    await everything(
        Answers(catalogue, retriever=found).generate(Wanted(user_id=ME, turns=turns))
    )

    (asked,) = catalogue.questions[0].turns
    assert (asked.images, asked.text) == ((PNG,), f"{UNSEEN}\nSee")
    assert found.asked == []


async def test_a_turn_that_is_only_an_attachment_gets_words(known: Known):
    catalogue = known("vision")
    turns = (
        Turn("user", "", attachments=(PAPER,)),
        Turn("user", "", attachments=(PICTURE,)),
    )
    answers = Answers(catalogue, retriever=library())

    await everything(answers.generate(Wanted(user_id=ME, turns=turns)))

    assert [turn.text for turn in catalogue.questions[0].turns] == [ATTACHED, ""]


async def test_offline_an_image_is_no_reason_to_refuse():
    offline = Catalogue(OfflineProvider(), [Model("offline", "offline")])
    turns = (Turn("user", "What is this thing?", attachments=(PICTURE,)),)
    answers = Answers(offline, retriever=Library([passage("This thing is a cat.")]))

    events = await everything(answers.generate(Wanted(user_id=ME, turns=turns)))

    assert [event.number for event in events if isinstance(event, Cited)] == [1]
