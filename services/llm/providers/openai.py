"""Any endpoint that speaks OpenAI's chat completions, OpenAI and Ollama among them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from io import BytesIO
from time import monotonic
from typing import TYPE_CHECKING

import aiohttp
import msgspec
from opentelemetry import propagate

from services.llm.model import (
    Completed,
    Delta,
    Heartbeat,
    Model,
    ModelCredentials,
    ModelNotFound,
    ModelProtocol,
    ModelRateLimited,
    ModelRejected,
    ModelStalled,
    ModelUnavailable,
    ProviderError,
    ProviderEvent,
    Question,
)
from services.llm.providers.beat import Beat
from services.llm.providers.event_stream import EventStream

if TYPE_CHECKING:
    # Only for their types: the SDK itself costs every process a second and 25 MB.
    from openai.types.chat.completion_create_params import (
        CompletionCreateParamsStreaming,
    )

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_MODEL = "gpt-4o-mini"
OLLAMA = "ollama"

CONNECT_SECONDS = 10.0
HEARTBEAT_SECONDS = 15.0
STALL_SECONDS = 60.0  # this long without a byte, and the provider is given up
LIST_SECONDS = 5.0
LISTED_SECONDS = 60.0  # how long a list of models is taken as fresh
MAX_CONNECTIONS = 2_000
SMALL = 4 * 1024  # bytes of a read, below which it waits for more until the next beat

OK = 200
ERRORS: dict[int, type[ProviderError]] = {
    400: ModelRejected,
    401: ModelCredentials,
    402: ModelRateLimited,
    403: ModelCredentials,
    413: ModelRejected,
    422: ModelRejected,
    429: ModelRateLimited,
}
NOT_FOUND = 404


class Listed(msgspec.Struct):
    """One entry of the list of models."""

    id: str


class Listing(msgspec.Struct):
    """The list of models."""

    data: list[Listed]


class OpenAiProvider:
    """Asks one endpoint, over connections that are kept."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        name: str,
        key: str | None = None,
        model: str | None = None,
        beat: Beat | None = None,
    ) -> None:
        self._session = session
        self._beat = beat
        self._url = url.rstrip("/")
        self._name = name
        self._model = model
        self._headers = {"accept-encoding": "identity"}
        if key:
            self._headers["authorization"] = f"Bearer {key}"
        self._listed: tuple[Model, ...] = ()
        self._listed_at = -LISTED_SECONDS

    async def models(self) -> Sequence[Model]:
        if monotonic() - self._listed_at > LISTED_SECONDS:
            self._listed = await self._list()
            self._listed_at = monotonic()
        return self._listed

    async def _list(self) -> tuple[Model, ...]:
        ids = dict.fromkeys([self._model] if self._model else [])
        try:
            async with asyncio.timeout(LIST_SECONDS):
                request = self._session.get(
                    f"{self._url}/models", headers=self._headers
                )
                async with request as response:
                    response.raise_for_status()
                    listing = msgspec.json.decode(await response.read(), type=Listing)
            ids |= dict.fromkeys(listed.id for listed in listing.data)
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
            # An endpoint need not list its models, if it is said which one to ask.
            if not ids:
                raise ModelUnavailable from error
        if not ids:
            raise ModelUnavailable
        return tuple(Model(id, self._name) for id in ids)

    async def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        model = question.model or self._model or (await self.models())[0].id
        stream, counted = EventStream(), 0
        async with self._asked(question, model) as response:
            silent_since = monotonic()
            while not stream.done:
                try:
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        data = await response.content.readany()
                except TimeoutError:
                    if monotonic() - silent_since > STALL_SECONDS:
                        raise ModelStalled from None
                    yield Heartbeat()
                    continue
                except aiohttp.ClientError as error:
                    raise ModelProtocol from error
                if not data:
                    break
                silent_since = monotonic()
                if text := stream.feed(data):
                    yield Delta(text, stream.tokens - counted)
                    counted = stream.tokens
                    # What comes until the beat is read, and sent, together.
                    if self._beat and len(data) < SMALL and not stream.complete:
                        await self._beat.wait()
        if not stream.complete:
            raise ModelProtocol
        yield Completed(
            stream.model or model,
            stream.finish_reason or "unknown",
            stream.usage.prompt_tokens,
            stream.usage.completion_tokens,
        )

    @asynccontextmanager
    async def _asked(
        self, question: Question, model: str
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask; close the connection at once if the answer is not read to its end."""
        headers = {**self._headers, "content-type": "application/json"}
        propagate.inject(headers)
        try:
            async with asyncio.timeout(STALL_SECONDS):
                response = await self._session.post(
                    f"{self._url}/chat/completions",
                    # Long conversations go out in parts that others can get between.
                    data=BytesIO(msgspec.json.encode(self._body(question, model))),
                    headers=headers,
                )
        except TimeoutError as error:
            raise ModelStalled from error
        except aiohttp.ClientError as error:
            raise ModelUnavailable from error
        try:
            if response.status == NOT_FOUND:
                raise ModelNotFound(model=model)
            if response.status != OK:
                wrong = ERRORS.get(response.status, ModelUnavailable)()
                wrong.retry_after = retry_after(response.headers.get("retry-after"))
                raise wrong
            yield response
        finally:
            response.close() if not response.content.at_eof() else response.release()

    def _body(self, question: Question, model: str) -> CompletionCreateParamsStreaming:
        """Say a question in OpenAI's words."""
        request: CompletionCreateParamsStreaming = {
            "model": model,
            "messages": [
                {"role": turn.role, "content": turn.text}  # type: ignore[misc]  # one of a union by role
                for turn in question.turns
            ],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if limit := question.max_output_tokens:
            if self._name == OLLAMA:  # which knows OpenAI's former name of it alone
                request["max_tokens"] = limit
            else:
                request["max_completion_tokens"] = limit
        return request


def retry_after(header: str | None) -> float | None:
    """Read how many seconds a provider asks to wait."""
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        return None


@asynccontextmanager
async def client_session() -> AsyncIterator[aiohttp.ClientSession]:
    """Keep connections to providers while the block runs."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS),
        timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS),
    ) as session:
        yield session
