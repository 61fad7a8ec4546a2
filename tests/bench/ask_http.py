"""Reads replies as server-sent events, with as little work as possible."""

import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import aiohttp

from tests.bench.load import Ask, Reply
from tests.bench.peers.running import KEY

MODEL = "scripted"
QUESTION = "What is a parley?"
_FIRST = re.compile(rb'"content": ?"[^"]')


@asynccontextmanager
async def asking_http(
    url: str, protocol: Literal["openai", "langchain"]
) -> AsyncIterator[Ask]:
    """Ask one question after another; connections are kept."""
    body = {
        "model": MODEL,
        "messages": [{"role": "user", "content": QUESTION}],
        "stream": True,
    }
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=120)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, headers=headers, raise_for_status=True
    ) as session:

        async def ask() -> Reply:
            began = time.perf_counter()
            first = None
            received = bytearray()
            async with session.post(url, json=body) as response:
                async for piece in response.content.iter_any():
                    received += piece
                    if first is None and _FIRST.search(received):
                        first = time.perf_counter() - began
            whole = time.perf_counter() - began
            if not received.endswith(b"data: [DONE]\n\n"):
                raise EOFError("the stream was cut")
            texts = [text for text in _texts(received, protocol) if text]
            return Reply("".join(texts), len(texts), first or whole, whole)

        yield ask


def _texts(
    received: bytearray, protocol: Literal["openai", "langchain"]
) -> Iterator[str]:
    events = (
        json.loads(line[6:])
        for line in received.split(b"\n")
        if line.startswith(b"data: {")
    )
    content = _openai if protocol == "openai" else _langchain
    return map(content, events)


def _openai(event: Any) -> str:
    if "error" in event:
        raise ValueError(str(event["error"]))
    return "".join(choice["delta"].get("content") or "" for choice in event["choices"])


def _langchain(event: Any) -> str:
    return str(event["content"])
