"""What every protocol does alike with an answer."""

from dataclasses import replace

import pytest

from services.llm.model import Completed, Delta, Reasoning, Usage
from services.llm.ports import Provider
from tests.calls import everything
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.providers.protocols import Protocol
from tests.llm.providers.reading import QUESTION, completed, only, text, tokens


async def test_the_text_arrives_whole(provider: Provider, upstream: Upstream):
    upstream.rescript(Script(tokens=words(3_000)))

    events = await everything(provider.generate(QUESTION))

    assert text(events) == upstream.script.text
    assert completed(events).finish_reason == "stop"
    assert len(events) < 1_500


@pytest.mark.parametrize("split", [1, 7, 4096])
async def test_events_are_read_however_the_network_cuts_them(
    provider: Provider, upstream: Upstream, split: int
):
    upstream.rescript(Script(tokens=words(30), thoughts=words(5), split=split))

    events = await everything(provider.generate(QUESTION))

    assert text(events) == upstream.script.text


async def test_what_was_used_is_told_with_its_details(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(20), thoughts=words(7), cached_tokens=1))

    events = await everything(provider.generate(QUESTION))

    read = completed(events).input_tokens
    assert read >= 1
    assert completed(events) == Completed("scripted", "stop", read, 27, 1, 7)


async def test_pieces_say_how_many_tokens_they_are(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(40), thoughts=words(10), delay=0.001))

    events = await everything(provider.generate(QUESTION))

    assert tokens(events) == 50
    assert sum(delta.tokens for delta in only(Delta, events)) == 40


async def test_what_a_model_thinks_is_an_event_of_its_own_and_comes_first(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(4), thoughts=("Let me", " think.")))

    events = await everything(provider.generate(QUESTION))

    said = [type(event) for event in events if isinstance(event, Reasoning | Delta)]
    assert text(events, Reasoning) == "Let me think."
    assert text(events) == "".join(words(4))
    assert said == sorted(said, key=[Reasoning, Delta].index)


async def test_an_answer_that_is_cut_off_for_its_length_says_so(
    provider: Provider, upstream: Upstream
):
    events = await everything(provider.generate(replace(QUESTION, max_output_tokens=3)))

    assert text(events) == "".join(words(3))
    assert completed(events).finish_reason == "length"


async def test_an_answer_that_a_filter_cut_off_says_so(
    provider: Provider, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(3), finish_reason="content_filter"))

    events = await everything(provider.generate(QUESTION))

    assert text(events) == "".join(words(3))
    assert completed(events).finish_reason == "content_filter"


async def test_the_model_that_answered_is_named(provider: Provider, upstream: Upstream):
    events = await everything(
        provider.generate(replace(QUESTION, model="scripted-2x0ms"))
    )

    assert completed(events).model == "scripted-2x0ms"
    assert text(events) == "".join(words(2))


async def test_comments_and_unknown_events_are_passed_over(
    provider: Provider, upstream: Upstream
):
    noise = b': keep-alive\n\nevent: new\ndata: {"type": "new", "field": [1]}\n\n'
    upstream.rescript(Script(tokens=words(5), insert_after=2, insert=noise))

    events = await everything(provider.generate(QUESTION))

    assert text(events) == upstream.script.text


async def test_a_connection_is_used_again(provider: Provider, upstream: Upstream):
    for _ in range(5):
        await everything(provider.generate(QUESTION))

    assert upstream.open_connections == 1


async def test_how_much_was_read_is_told_as_soon_as_the_provider_says_so(
    protocol: Protocol, provider: Provider, upstream: Upstream
):
    events = await everything(provider.generate(QUESTION))

    early = [Usage(completed(events).input_tokens)]
    assert only(Usage, events) == (
        early if protocol.name in ("anthropic", "gemini") else []
    )
