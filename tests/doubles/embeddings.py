"""Turns texts into vectors in OpenAI's protocol: texts with like words are near."""

import asyncio
import json
import re
from collections.abc import Sequence
from math import sqrt
from zlib import crc32

from aiohttp import web

from tests.doubles import wire
from tests.doubles.upstream import Received, Upstream

DIMENSION = 64
# What a model knows, and words do not say.
MEANS = {"car": "automobile", "physician": "doctor", "kitten": "cat"}


async def embed(upstream: Upstream, request: web.Request) -> web.Response:
    """Serve `POST /v1/embeddings`; the script says how it misbehaves."""
    body = await request.json()
    headers = {name.lower(): value for name, value in request.headers.items()}
    upstream.requests.append(Received(request.method, request.path, headers, body))
    upstream.note("asked")
    script = upstream.script
    if script.pause:
        await asyncio.sleep(script.pause)
    if script.status != 200:
        return refused(upstream)
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    dimension = body.get("dimensions", DIMENSION)
    data = [
        {"object": "embedding", "index": number, "embedding": vector(text, dimension)}
        for number, text in enumerate(texts)
    ]
    tokens = sum(len(text.split()) for text in texts)
    upstream.note("finished")
    return web.json_response(
        {
            "object": "list",
            # In no order, as the protocol allows.
            "data": data[::-1],
            "model": body["model"],
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }
    )


def vector(text: str, dimension: int) -> Sequence[float]:
    """Count words by their hash, and make it one long."""
    counts = [0.0] * dimension
    for word in re.findall(r"\w+", text.lower()):
        counts[crc32(MEANS.get(word, word).encode()) % dimension] += 1.0
    length = sqrt(sum(count * count for count in counts)) or 1.0
    return [count / length for count in counts]


def refused(upstream: Upstream) -> web.Response:
    """Refuse as the script says, with `Retry-After` if it says so."""
    script = upstream.script
    response = web.Response(
        body=wire.error(script.status),
        status=script.status,
        content_type="application/json",
    )
    if script.retry_after is not None:
        response.headers["Retry-After"] = json.dumps(script.retry_after)
    return response
