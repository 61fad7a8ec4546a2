"""How fast files are taken in through the edge, and what that costs each part."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from uuid import uuid4

import aiohttp
import grpc

from parley.llm.v1 import document_service_pb2 as pb
from parley.llm.v1 import document_service_pb2_grpc as pb_grpc
from parley.llm.v1.document_pb2 import Document
from tests.bench.alone.people import Metadata, People
from tests.bench.parley import STATE, parley
from tests.bench.processes import used_between
from tests.bench.results import Figure
from tests.bench.rounds import Tell
from tests.bench.systems import System, upstream

MIB = 2**20
PART = MIB // 4  # as the clients send
PARTS = ("envoy", "llm", "postgres")  # what a file passes, whose CPU time is told
ENDED_SECONDS = 60.0


@dataclass(frozen=True)
class Uploader:
    """A user with a file of no kind that is read: only taking it in is measured."""

    parent: str
    metadata: Metadata
    documents: pb_grpc.DocumentServiceAsyncStub
    http: aiohttp.ClientSession
    file: bytes

    @property
    def start(self) -> pb.CreateDocumentRequest:
        """Say what is uploaded."""
        document = Document(display_name="of-no-kind.bin", size_bytes=len(self.file))
        return pb.CreateDocumentRequest(parent=self.parent, document=document)

    async def stream(self) -> str:
        """Upload in one stream; return the document's name when all is stored."""

        async def requests() -> AsyncIterator[pb.UploadDocumentRequest]:
            yield pb.UploadDocumentRequest(start=self.start)
            for part in parts(self.file):
                yield pb.UploadDocumentRequest(chunk=part)

        call = self.documents.UploadDocument(requests(), metadata=self.metadata)
        async for response in call:
            if response.document.state != Document.STATE_UPLOADING:
                call.cancel()
                return stored(response.document)
        raise RuntimeError("the stream ended before the file was stored")

    async def append(self) -> str:
        """Upload part after part over gRPC."""
        document = await self._created()
        for part in parts(self.file):
            request = pb.AppendDocumentRequest(
                name=document.name, offset=document.uploaded_bytes, data=part
            )
            appended = await self.documents.AppendDocument(
                request, metadata=self.metadata
            )
            document = appended.document
        return stored(document)

    async def post(self) -> str:
        """Upload part after part as JSON."""
        document, offset = await self._created(), 0
        for part in parts(self.file):
            body = {"offset": str(offset), "data": base64.b64encode(part).decode()}
            async with self.http.post(
                f"/v1/{document.name}:append", json=body, headers=dict(self.metadata)
            ) as response:
                answer = (await response.json())["document"]
            offset = int(answer["uploadedBytes"])
        if answer["state"] == "STATE_UPLOADING":
            raise RuntimeError(f"{offset} bytes are stored, and that is not all")
        return document.name

    async def _created(self) -> Document:
        created = await self.documents.CreateDocument(
            self.start, metadata=self.metadata
        )
        return created.document

    async def settle(self, name: str) -> None:
        """Wait until the file was looked at, so that this falls into no other turn."""
        watch = pb.WatchDocumentRequest(name=name)
        async with asyncio.timeout(ENDED_SECONDS):
            call = self.documents.WatchDocument(watch, metadata=self.metadata)
            *_, last = [response.document async for response in call]
        if last.state != Document.STATE_FAILED:
            raise RuntimeError(f"a file of no kind ended {last}")


Way = Callable[[Uploader], Awaitable[str]]
WAYS: Mapping[str, Way] = {
    "in one stream": Uploader.stream,
    "in parts": Uploader.append,
    "in parts, as JSON": Uploader.post,
}


@dataclass(frozen=True)
class Turn:
    """What it took to have some files stored."""

    mib: float
    seconds: float
    cpu: Mapping[str, float]


async def upload(*, quick: bool, tell: Tell) -> AsyncIterator[Figure]:
    """Upload in every way in turn, one user and four at once."""
    size, rounds = (2 * MIB, 2) if quick else (32 * MIB, 5)
    async with (
        upstream() as model,
        parley(model.url) as system,
        grpc.aio.insecure_channel(system.url) as channel,
        aiohttp.ClientSession(f"http://{system.url}", raise_for_status=True) as http,
    ):
        for users in (1, 4):
            uploaders = [uploader(channel, http, size // users) for _ in range(users)]
            turns: dict[str, list[Turn]] = {title: [] for title in WAYS}
            for number in range(rounds + 1):
                for title, way in WAYS.items():
                    tell(f"upload: {title}, users: {users}, round {number}")
                    turn = await taken(system, uploaders, way)
                    if number:  # the first warms up
                        turns[title].append(turn)
            for title, measured in turns.items():
                for each in figures(title, users, measured):
                    yield each


def uploader(
    channel: grpc.aio.Channel, http: aiohttp.ClientSession, size: int
) -> Uploader:
    """Make a user with a file that cannot be packed any smaller."""
    user = uuid4()
    return Uploader(
        f"users/{user}",
        People(STATE).metadata(user),
        pb_grpc.DocumentServiceStub(channel),
        http,
        random.Random(7).randbytes(size),  # noqa: S311 - data, not secrets
    )


async def taken(system: System, uploaders: list[Uploader], way: Way) -> Turn:
    """Have all upload at once, until everything is stored."""
    processes = system.processes
    assert processes
    before, began = processes.cpu_seconds(), perf_counter()
    names = await asyncio.gather(*map(way, uploaders))
    seconds, cpu = perf_counter() - began, used_between(before, processes.cpu_seconds())
    for each, name in zip(uploaders, names, strict=True):
        await each.settle(name)
    return Turn(sum(len(each.file) for each in uploaders) / MIB, seconds, cpu)


def figures(title: str, users: int, turns: list[Turn]) -> list[Figure]:
    """Say how fast it was, and what a MiB cost."""
    what = f"{title}, {'one user' if users == 1 else f'{users} users at once'}"
    of = f"{len(turns)} rounds of {turns[0].mib:,.0f} MiB"

    def figure(at: str, value: float, unit: str) -> Figure:
        return Figure(kind="upload", what=what, at=at, value=value, unit=unit, of=of)

    rate = median(turn.mib / turn.seconds for turn in turns)
    made = [figure("stored", rate, "MiB/s")]
    if users == 1:
        for part in PARTS:
            cost = median(turn.cpu.get(part, 0.0) / turn.mib for turn in turns)
            made.append(figure(f"CPU of {part}", cost * 1000, "ms/MiB"))
    every = median(sum(turn.cpu.values()) / turn.mib for turn in turns)
    return [*made, figure("CPU of all parts", every * 1000, "ms/MiB")]


def stored(document: Document) -> str:
    """Return the name of a document that is stored whole."""
    if document.state == Document.STATE_UPLOADING:
        raise RuntimeError(f"{document.uploaded_bytes} bytes are stored, not all")
    return document.name


def parts(file: bytes) -> list[bytes]:
    """Cut a file into what is sent at once."""
    return [file[offset : offset + PART] for offset in range(0, len(file), PART)]
