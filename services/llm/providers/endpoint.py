"""Asking a provider over HTTP: what all protocols have in common."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from time import monotonic
from typing import Protocol

import aiohttp
import msgspec
from opentelemetry import propagate

from services.llm.model import (
    Heartbeat,
    Model,
    ModelNotFound,
    ModelProtocol,
    ModelStalled,
    ModelUnavailable,
    ProviderError,
    ProviderEvent,
    Question,
)
from services.llm.providers.beat import Beat
from services.llm.providers.continuing import with_last_word
from services.llm.providers.keeping import legible
from services.llm.providers.refusals import of_status, retry_after

CONNECT_SECONDS = 10.0
LIST_SECONDS = 5.0
LISTED_SECONDS = 60.0  # how long a list of models is taken as fresh
END_SECONDS = 0.1  # for the end of a response after which nothing follows
MAX_CONNECTIONS = 2_000
MAX_LIST = 8 * 1024 * 1024  # bytes
MAX_REFUSAL = 64 * 1024  # bytes
SMALL = 4 * 1024  # bytes of a read, below which it waits for more until the next beat
OK = 200
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a provider may be silent, in seconds."""

    heartbeat: float = 15.0
    stall: float = 60.0  # this long without a byte, and the provider is given up
    usage: float = 2.0  # for what may follow when the answer is whole: what it used


PATIENCE = Patience()


class Answer(Protocol):
    """Reads the stream of one answer in the words of a protocol."""

    @property
    def complete(self) -> bool:
        """Whether the answer is whole."""

    @property
    def done(self) -> bool:
        """Whether nothing follows."""

    def feed(self, data: bytes) -> None:
        """Read bytes as they come; raises `ProviderError`."""

    def take(self) -> Sequence[ProviderEvent]:
        """Return what they said."""

    def end(self) -> Sequence[ProviderEvent]:
        """Return what ends a whole answer, `Completed` last."""


class HttpProvider(ABC):
    """Asks one endpoint, over connections that are kept."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        url: str,
        name: str,
        headers: Mapping[str, str],
        model: str | None = None,
        models: Sequence[str] = (),
        beat: Beat | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._name = name
        self._headers = {"accept-encoding": "identity", **headers}
        self._model = model
        self._models = models
        self._beat = beat
        self._patience = patience
        self._listed: Sequence[Model] = ()
        self._listed_at = -LISTED_SECONDS

    @property
    def _list_path(self) -> str | None:
        """Where the models are listed, if they are."""
        return "/models"

    @abstractmethod
    def _path(self, model: str) -> str:
        """Say where a model is asked."""

    @abstractmethod
    def _body(self, question: Question, model: str) -> object:
        """Say a question in the protocol's words."""

    @abstractmethod
    def _answer(self, model: str, writer: str | None) -> Answer:
        """Return what reads an answer, and keeps it for its writer if it has one."""

    @abstractmethod
    def _read_list(self, data: bytes) -> Sequence[Model]:
        """Read the list of models; raises `ModelProtocol`."""

    @abstractmethod
    def _refusal(self, body: bytes) -> ProviderError | None:
        """Read why the provider refuses, if it says more than its status."""

    async def models(self) -> Sequence[Model]:
        if monotonic() - self._listed_at > LISTED_SECONDS:
            self._listed = await self._list()
            self._listed_at = monotonic()
        return self._listed

    async def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        model = question.model or self._model or (await self.models())[0].id
        writer = f"{model} at {self._url}{self._path(model)}"
        answer = self._answer(model, writer if question.tools else None)
        patience = self._patience
        async with self._asked(legible(question, writer), model) as response:
            silent = 0.0
            while not answer.done:
                if answer.complete:
                    wait = patience.usage
                else:
                    wait = min(patience.heartbeat, patience.stall - silent)
                try:
                    async with asyncio.timeout(wait):
                        data = await response.content.readany()
                except TimeoutError:
                    if answer.complete:
                        break
                    silent += wait
                    if silent >= patience.stall:
                        raise ModelStalled from None
                    yield Heartbeat()
                    continue
                except aiohttp.ClientError as error:
                    if answer.complete:
                        break
                    raise ModelProtocol from error
                if not data:
                    break
                silent = 0.0
                try:
                    answer.feed(data)
                except ProviderError:
                    # What was said before is used, and has to be told.
                    for event in answer.take():
                        yield event
                    raise
                if events := answer.take():
                    for event in events:
                        yield event
                    # What comes until the beat is read, and sent, together.
                    if self._beat and len(data) < SMALL and not answer.complete:
                        await self._beat.wait()
            if not answer.complete:
                raise ModelProtocol
            for event in answer.end():
                yield event
            await self._end(response)

    @asynccontextmanager
    async def _asked(
        self, question: Question, model: str
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask; close the connection at once if the answer is not read to its end."""
        headers = {**self._headers, "content-type": "application/json"}
        propagate.inject(headers)
        body = self._body(with_last_word(question), model)
        try:
            async with asyncio.timeout(self._patience.stall):
                response = await self._session.post(
                    f"{self._url}{self._path(model)}",
                    # Long conversations go out in parts that others can get between.
                    data=BytesIO(msgspec.json.encode(body)),
                    headers=headers,
                    allow_redirects=False,  # which would hand on the key
                )
        except aiohttp.ServerTimeoutError as error:  # nobody accepts the connection
            raise ModelUnavailable from error
        except TimeoutError as error:
            raise ModelStalled from error
        except aiohttp.ClientResponseError as error:  # what came is no HTTP
            raise ModelProtocol from error
        except aiohttp.ClientError as error:
            raise ModelUnavailable from error
        try:
            if response.status == NOT_FOUND:
                raise ModelNotFound(model=model)
            if response.status != OK:
                raise await self._refused(response)
            yield response
        finally:
            response.close() if not response.content.at_eof() else response.release()

    async def _refused(self, response: aiohttp.ClientResponse) -> ProviderError:
        said = b""
        with suppress(aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(LIST_SECONDS):
                said = await _read(response, MAX_REFUSAL)
        refused = self._refusal(said) or of_status(response.status)()
        if (seconds := retry_after(response.headers)) is not None:
            refused.retry_after = seconds
        return refused

    async def _end(self, response: aiohttp.ClientResponse) -> None:
        """Read on to the end of the response, so that its connection is kept."""
        if not response.content.at_eof():
            with suppress(aiohttp.ClientError, TimeoutError):
                async with asyncio.timeout(END_SECONDS):
                    await response.content.readany()

    async def _list(self) -> Sequence[Model]:
        given = [self._model, *self._models] if self._model else self._models
        models = {id: Model(id, self._name) for id in given}
        path = self._list_path if not self._models else None
        if path:
            try:
                listed = self._read_list(await self._get(path))
                models |= {model.id: model for model in listed}
            except (aiohttp.ClientError, TimeoutError, ModelProtocol) as error:
                # An endpoint need not list its models, if it is said which one to ask.
                if not models:
                    raise ModelUnavailable from error
        if not models:
            raise ModelUnavailable
        return tuple(models.values())

    async def _get(self, path: str) -> bytes:
        async with asyncio.timeout(LIST_SECONDS):
            request = self._session.get(
                f"{self._url}{path}", headers=self._headers, allow_redirects=False
            )
            async with request as response:
                response.raise_for_status()
                return await _read(response, MAX_LIST)


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Read a body, but no more of it than this."""
    read = bytearray()
    while len(read) < limit and (data := await response.content.readany()):
        read += data
    return bytes(read[:limit])


@asynccontextmanager
async def client_session() -> AsyncIterator[aiohttp.ClientSession]:
    """Keep connections to providers while the block runs."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS),
        timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS),
    ) as session:
        yield session
