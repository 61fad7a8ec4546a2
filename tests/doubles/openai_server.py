"""A local server that speaks OpenAI's protocol and answers from a script.

In a test:

    async with serving(Script(tokens=words(200), stall_after=10)) as upstream:
        ...  # ask upstream.url
        await upstream.stalled()
        upstream.release()

As a process: `python -m tests.doubles.openai_server --port 9000 --tokens 200`.
"""

import argparse
import asyncio
import sys
from contextlib import AbstractAsyncContextManager
from functools import partial

from aiohttp import web

from tests.doubles import control
from tests.doubles.answering import answer
from tests.doubles.chat import ChatWords, list_models
from tests.doubles.embeddings import embed
from tests.doubles.rerank import rerank
from tests.doubles.responses import ResponsesWords
from tests.doubles.running import running
from tests.doubles.script import GRAMMAR, Script, words
from tests.doubles.upstream import Upstream


def add_routes(app: web.Application, upstream: Upstream) -> None:
    """Add OpenAI's endpoints."""
    app.router.add_post("/v1/chat/completions", partial(answer, ChatWords(), upstream))
    app.router.add_post("/v1/responses", partial(answer, ResponsesWords(), upstream))
    app.router.add_get("/v1/models", list_models)
    app.router.add_post("/v1/embeddings", partial(embed, upstream))
    app.router.add_post("/v1/rerank", partial(rerank, upstream))


def serving(
    script: Script | None = None, port: int = 0
) -> AbstractAsyncContextManager[Upstream]:
    """Serve on a loopback port; the end of the block breaks off what still streams."""
    return running(add_routes, script, path="/v1", port=port)


async def _serve(script: Script, port: int) -> None:
    async with serving(script, port) as upstream:
        sys.stdout.write(f"{upstream.url}\n")  # the caller waits for this line
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.doubles.openai_server",
        description="Serve a scripted model in OpenAI's protocol; print its URL.",
        epilog=GRAMMAR + control.HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="default: any that is free")
    parser.add_argument(
        "--tokens",
        type=int,
        default=200,
        help="distinct tokens in an answer (default: 200)",
    )
    parser.add_argument(
        "--delay-ms", type=float, default=0, help="between two tokens (default: 0)"
    )
    parser.add_argument(
        "--pause-ms",
        type=float,
        default=0,
        help="before the response's headers (default: 0)",
    )
    given = parser.parse_args()
    script = Script(
        tokens=words(given.tokens),
        delay=given.delay_ms / 1000,
        pause=given.pause_ms / 1000,
    )
    try:
        import uvloop  # not on Windows

        uvloop.run(_serve(script, given.port))
    except ImportError:
        asyncio.run(_serve(script, given.port))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
