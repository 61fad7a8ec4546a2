"""OpenAI's responses API: its newer protocol, which tells what a model thinks."""

import re
from collections.abc import Iterator

import msgspec

from services.llm.model import Question, Turn
from services.llm.providers.data_urls import data_url
from services.llm.providers.endpoint import Answer
from services.llm.providers.openai import OpenAiProvider
from services.llm.providers.responses_kept import KeepingResponsesStream
from services.llm.providers.responses_stream import ResponsesStream
from services.llm.providers.schemas import answer_format

# Those that think, as far as that is known: others refuse to be asked for thoughts.
THINKING = re.compile(r"(.*/)?(o\d|gpt-([5-9]|\d\d)(?!.*-chat))")
THOUGHTS = "reasoning.encrypted_content"

Body = dict[str, object]
Item = Body | msgspec.Raw  # or as it was written


class ResponsesProvider(OpenAiProvider):
    """Asks one endpoint that speaks OpenAI's responses API; it keeps nothing there."""

    def _path(self, model: str) -> str:
        return "/responses"

    def _answer(self, model: str, writer: str | None) -> Answer:
        if writer:
            return KeepingResponsesStream(model, writer)
        return ResponsesStream(model)

    def _body(self, question: Question, model: str) -> object:
        body: Body = {
            "model": model,
            "input": [item for turn in question.turns for item in items(turn)],
            "stream": True,
            "store": False,
        }
        if question.max_output_tokens:
            body["max_output_tokens"] = question.max_output_tokens
        if question.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "name": spec.name,
                    "description": spec.description,
                    "parameters": spec.parameters,
                    "strict": False,
                }
                for spec in question.tools
            ]
            if question.effort or THINKING.match(model):
                body["include"] = [THOUGHTS]
        if question.response_schema:
            schema = answer_format(question.response_schema)
            body["text"] = {"format": {"type": "json_schema", **schema}}
        if question.temperature is not None:
            body["temperature"] = question.temperature
        if question.effort:
            body["reasoning"] = {"effort": question.effort, "summary": "auto"}
        return body


def items(turn: Turn) -> Iterator[Item]:
    """Say a turn; calls and their results are items of their own."""
    if turn.role == "tool":
        yield {
            "type": "function_call_output",
            "call_id": turn.tool_use_id,
            "output": turn.text,
        }
        return
    if turn.verbatim:
        yield from map(msgspec.Raw, turn.verbatim.content)
        return
    if turn.images:
        yield {"role": turn.role, "content": list(parts(turn))}
    elif turn.text or not turn.tool_uses:
        yield {"role": turn.role, "content": turn.text}
    for use in turn.tool_uses:
        yield {
            "type": "function_call",
            "call_id": use.id,
            "name": use.name,
            "arguments": use.arguments,
        }


def parts(turn: Turn) -> Iterator[Body]:
    """Say a turn that has images."""
    if turn.text:
        yield {"type": "input_text", "text": turn.text}
    for image in turn.images:
        yield {"type": "input_image", "image_url": data_url(image)}
