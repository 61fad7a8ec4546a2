"""Orders passages in the protocol of Jina, Cohere, vLLM and LiteLLM."""

import asyncio
import re

from aiohttp import web

from tests.doubles.embeddings import refused
from tests.doubles.upstream import Received, Upstream

BEST = "the very best"  # a passage that says so is


async def rerank(upstream: Upstream, request: web.Request) -> web.Response:
    """Serve `POST /v1/rerank`; the script says how it misbehaves."""
    body = await request.json()
    headers = {name.lower(): value for name, value in request.headers.items()}
    upstream.requests.append(Received(request.method, request.path, headers, body))
    upstream.note("asked")
    if upstream.script.pause:
        await asyncio.sleep(upstream.script.pause)
    if upstream.script.status != 200:
        return refused(upstream)
    scores = [score(body["query"], text) for text in body["documents"]]
    order = sorted(range(len(scores)), key=lambda number: -scores[number])
    upstream.note("finished")
    return web.json_response(
        {
            "model": body["model"],
            "results": [
                {"index": number, "relevance_score": scores[number]}
                for number in order[: body.get("top_n", len(order))]
            ],
        }
    )


def score(query: str, text: str) -> float:
    """Count the words that both have."""
    both = set(re.findall(r"\w+", query)) & set(re.findall(r"\w+", text))
    return 0.99 if BEST in text else len(both) / (1 + len(both)) / 2
