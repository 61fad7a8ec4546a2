"""The other protocols of OpenAI's, asked with OpenAI's own clients."""

import openai
import pytest
from openai.types.chat import ChatCompletionToolParam

from tests.doubles import azure_server, openai_server
from tests.doubles.script import Call, Script, words

SCRIPT = Script(
    tokens=words(5), thoughts=words(3), calls=(Call("weather"),), cached_tokens=1
)
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object"}},
}


async def test_the_responses_api_streams_what_its_client_expects():
    async with (
        openai_server.serving(SCRIPT) as upstream,
        openai.AsyncOpenAI(base_url=upstream.url, api_key="k") as client,
        client.responses.stream(model="any", input="Hi") as stream,
    ):
        numbers = [event.sequence_number async for event in stream]
        whole = await stream.get_final_response()

    assert numbers == list(range(len(numbers)))
    assert whole.output_text == "".join(words(5))
    assert [item.type for item in whole.output] == [
        "reasoning",
        "message",
        "function_call",
    ]
    assert whole.usage is not None
    assert whole.usage.output_tokens == 9


async def test_azure_answers_its_own_client():
    async with (
        azure_server.serving(SCRIPT) as upstream,
        openai.AsyncAzureOpenAI(
            azure_endpoint=upstream.url, api_key="k", api_version="2024-10-21"
        ) as client,
    ):
        stream = await client.chat.completions.create(
            model="scripted-3x0ms-tools1",
            messages=[{"role": "user", "content": "Hi"}],
            tools=[WEATHER],
            stream=True,
        )
        choices = [chunk.choices[0] async for chunk in stream if chunk.choices]

    assert "".join(choice.delta.content or "" for choice in choices) == "".join(
        words(3)
    )
    calls = [call for choice in choices for call in choice.delta.tool_calls or ()]
    assert "".join(
        call.function.arguments or "" for call in calls if call.function
    ) == (Call().arguments)
    assert choices[-1].finish_reason == "tool_calls"


async def test_azure_wants_a_key():
    async with azure_server.serving(SCRIPT) as upstream:
        client = openai.AsyncOpenAI(
            base_url=f"{upstream.url}/openai/deployments/d", api_key="k", max_retries=0
        )
        with pytest.raises(openai.AuthenticationError):
            await client.chat.completions.create(
                model="d", messages=[{"role": "user", "content": "Hi"}]
            )
        await client.close()
