"""Google's Gemini API."""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

import aiohttp
import msgspec

from services.llm.model import Effort, Model, ProviderError, Question, Turn
from services.llm.providers.beat import Beat
from services.llm.providers.calls import NAMELESS, arguments
from services.llm.providers.endpoint import PATIENCE, HttpProvider, Patience
from services.llm.providers.gemini_errors import refusal
from services.llm.providers.gemini_kept import KeepingGeminiStream
from services.llm.providers.gemini_stream import GeminiStream
from services.llm.providers.lines import decoded

GEMINI_URL = "https://generativelanguage.googleapis.com/v1beta"

# Those that think for as many tokens as they are told; later ones know levels.
BUDGETED = re.compile(r"gemini-[12]")
BUDGETS: Mapping[Effort, int] = {"low": 1_024, "medium": 8_192, "high": 24_576}
# Later models want back a signature with each call, or this word if nobody kept it.
NO_SIGNATURE = "skip_thought_signature_validator"

Body = dict[str, object]
Part = Body | msgspec.Raw  # or as it was written


class Listed(msgspec.Struct, rename="camel"):
    """One entry of the list of models."""

    name: str
    display_name: str = ""
    input_token_limit: int = 0
    output_token_limit: int = 0
    supported_generation_methods: list[str] = []


class Listing(msgspec.Struct):
    """The list of models."""

    models: list[Listed]


LISTING = msgspec.json.Decoder(Listing)


class GeminiProvider(HttpProvider):
    """Asks one endpoint that speaks Gemini's protocol."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        key: str,
        url: str = GEMINI_URL,
        name: str = "gemini",
        model: str | None = None,
        models: Sequence[str] = (),
        beat: Beat | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        super().__init__(
            session,
            url=url,
            name=name,
            headers={"x-goog-api-key": key},
            model=model,
            models=models,
            beat=beat,
            patience=patience,
        )

    @property
    def _list_path(self) -> str:
        return "/models?pageSize=1000"

    def _path(self, model: str) -> str:
        return f"/models/{quote(model, safe='')}:streamGenerateContent?alt=sse"

    def _answer(self, model: str, writer: str | None) -> GeminiStream:
        return KeepingGeminiStream(model, writer) if writer else GeminiStream(model)

    def _read_list(self, data: bytes) -> Sequence[Model]:
        return [
            Model(
                listed.name.removeprefix("models/"),
                self._name,
                listed.display_name,
                window=listed.input_token_limit,
                max_output=listed.output_token_limit,
            )
            for listed in decoded(LISTING, data).models
            if "generateContent" in listed.supported_generation_methods
        ]

    def _refusal(self, body: bytes) -> ProviderError | None:
        return refusal(body)

    def _body(self, question: Question, model: str) -> Body:
        body: Body = {"contents": contents(question.turns, model)}
        if system := [turn.text for turn in question.turns if turn.role == "system"]:
            body["systemInstruction"] = {"parts": [{"text": text} for text in system]}
        if question.tools:
            functions = [
                {
                    "name": spec.name,
                    "description": spec.description,
                    "parametersJsonSchema": spec.parameters,
                }
                for spec in question.tools
            ]
            body["tools"] = [{"functionDeclarations": functions}]
        if config := settings(question, model):
            body["generationConfig"] = config
        return body


def settings(question: Question, model: str) -> Body:
    """Say how the answer is to be written."""
    config: Body = {}
    if question.max_output_tokens:
        config["maxOutputTokens"] = question.max_output_tokens
    if question.temperature is not None:
        config["temperature"] = question.temperature
    if question.response_schema:
        config["responseMimeType"] = "application/json"
        config["responseJsonSchema"] = msgspec.json.decode(question.response_schema)
    if question.effort:
        thinking: Body = {"includeThoughts": True}
        if BUDGETED.match(model):
            thinking["thinkingBudget"] = BUDGETS[question.effort]
        else:
            thinking["thinkingLevel"] = question.effort
        config["thinkingConfig"] = thinking
    return config


def contents(turns: Sequence[Turn], model: str) -> list[Body]:
    """Say turns in Gemini's words; the user says results of tools, together."""
    said: list[tuple[str, list[Part]]] = []
    called: dict[str, str] = {}  # names of tools by the IDs of their calls
    for turn in turns:
        if turn.role == "system":
            continue
        role = "model" if turn.role == "assistant" else "user"
        if not said or said[-1][0] != role:
            said.append((role, []))
        called |= {use.id: use.name for use in turn.tool_uses}
        said[-1][1].extend(parts(turn, called, signed=not BUDGETED.match(model)))
    return [{"role": role, "parts": parts} for role, parts in said if parts]


def parts(turn: Turn, called: Mapping[str, str], *, signed: bool) -> Iterator[Part]:
    """Say a turn, part by part."""
    if turn.role == "tool":
        yield {
            "functionResponse": {
                **named(turn.tool_use_id),
                "name": called.get(turn.tool_use_id, turn.tool_use_id),
                "response": {"result": turn.text},
            }
        }
        return
    if turn.verbatim:
        yield from map(msgspec.Raw, turn.verbatim.content)
        return
    for image in turn.images:
        yield {"inlineData": {"mimeType": image.media_type, "data": image.data}}
    if turn.text:
        yield {"text": turn.text}
    for use in turn.tool_uses:
        call = {**named(use.id), "name": use.name, "args": arguments(use)}
        signature = {"thoughtSignature": NO_SIGNATURE} if signed else {}
        yield {"functionCall": call, **signature}


def named(id: str) -> Body:
    """Name a call by its ID, if the model gave it one: not all of them do."""
    return {} if id.startswith(NAMELESS) else {"id": id}
