"""Which provider answers, and which models there are."""

import asyncio

from aiohttp import web

from parley.error.v1 import error_reason_pb2 as reasons
from services.llm.model import Completed, Question, Turn
from services.llm.providers.detected import DetectedProvider
from services.llm.providers.offline import OfflineProvider
from services.llm.providers.openai import OpenAiProvider, client_session
from tests.calls import everything, refusal
from tests.doubles.upstream import Upstream
from tests.llm.conftest import Llm, OpenLlm

NOWHERE = "http://127.0.0.1:9"  # the discard port, where nothing listens


async def test_the_default_model_is_listed_first(llm: Llm):
    listed = await llm.models()

    assert listed.models[0].name == "models/scripted"
    assert listed.models[0].provider == "openai"


async def test_models_are_listed_in_pages(llm: Llm):
    whole = await llm.models()

    first = await llm.models(page_size=1)
    second = await llm.models(page_size=200, page_token=first.next_page_token)

    assert [*first.models, *second.models] == list(whole.models)
    assert not second.next_page_token


async def test_an_unreachable_endpoint_still_has_its_configured_model(
    open_llm: OpenLlm,
):
    async with client_session() as session:
        provider = OpenAiProvider(session, url=NOWHERE, name="openai", model="m")
        async with open_llm(provider) as llm:
            listed = await llm.models()

    assert [model.name for model in listed.models] == ["models/m"]


async def test_an_endpoint_without_any_model_is_unavailable(open_llm: OpenLlm):
    async with client_session() as session:
        provider = OpenAiProvider(session, url=NOWHERE, name="openai")
        async with open_llm(provider) as llm:
            refused = await refusal(llm.models())

    assert refused.reason == "MODEL_UNAVAILABLE"


async def test_offline_says_that_no_model_is_configured_and_how_to_configure_one(
    open_llm: OpenLlm,
):
    async with open_llm(OfflineProvider()) as llm:
        events = await everything(llm.generate("Are you a model?"))

    text = "".join(event.delta.text for event in events)
    assert "No model is configured" in text
    assert "OPENAI_API_KEY=" in text
    assert "make up" in text
    assert events[-1].completed.model == "offline"


async def test_offline_does_not_pretend_to_be_another_model(open_llm: OpenLlm):
    async with open_llm(OfflineProvider()) as llm:
        events = await everything(llm.generate(model="gpt-4o"))

    assert events[-1].failed.reason == reasons.ERROR_REASON_MODEL_NOT_FOUND


async def test_a_running_ollama_is_used(open_llm: OpenLlm, upstream: Upstream):
    async with client_session() as session:
        ollama = OpenAiProvider(session, url=upstream.url, name="ollama")
        detected = DetectedProvider(ollama, OfflineProvider())
        async with open_llm(detected) as llm:
            events = await everything(llm.generate())
            listed = await llm.models()

    assert listed.models[0].provider == "ollama"
    assert "".join(event.delta.text for event in events) == upstream.script.text


async def test_all_who_ask_at_first_wait_for_the_first_look(upstream: Upstream):
    async with client_session() as session:
        ollama = OpenAiProvider(session, url=upstream.url, name="ollama")
        detected = DetectedProvider(ollama, OfflineProvider())

        lists = await asyncio.gather(*(detected.models() for _ in range(3)))

    assert [models[0].provider for models in lists] == ["ollama"] * 3


async def test_an_ollama_is_told_the_most_tokens_under_the_name_it_knows(
    upstream: Upstream,
):
    async with client_session() as session:
        ollama = OpenAiProvider(session, url=upstream.url, name="ollama", model="m")
        question = Question("m", (Turn("user", "Hi"),), max_output_tokens=3)
        events = await everything(ollama.generate(question))

    assert upstream.requests[-1].body["max_tokens"] == 3
    assert "max_completion_tokens" not in upstream.requests[-1].body
    assert isinstance(events[-1], Completed)
    assert events[-1].finish_reason == "length"


async def test_without_an_ollama_offline_answers(open_llm: OpenLlm):
    async with client_session() as session:
        ollama = OpenAiProvider(session, url=NOWHERE, name="ollama")
        async with open_llm(DetectedProvider(ollama, OfflineProvider())) as llm:
            listed = await llm.models()

    assert [model.provider for model in listed.models] == ["offline"]


async def test_a_server_that_is_no_ollama_is_not_taken_for_one(open_llm: OpenLlm):
    app = web.Application()
    app.router.add_get("/v1/models", html)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        async with client_session() as session:
            other = OpenAiProvider(session, url=url, name="ollama")
            async with open_llm(DetectedProvider(other, OfflineProvider())) as llm:
                listed = await llm.models()
    finally:
        await runner.cleanup()

    assert [model.provider for model in listed.models] == ["offline"]


async def html(request: web.Request) -> web.Response:
    return web.Response(text="<html>hello</html>", content_type="text/html")
