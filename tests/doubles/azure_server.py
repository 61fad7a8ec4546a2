"""A local server that speaks Azure OpenAI's protocol and answers from a script."""

import json
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from aiohttp import web

from tests.doubles import wire
from tests.doubles.answering import Asked, Invalid, answer
from tests.doubles.chat import ChatWords
from tests.doubles.running import running
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream


class AzureWords(ChatWords):
    """OpenAI's chat completions, at a deployment and with a key of Azure's."""

    def asked(self, request: web.Request, body: Any) -> Asked:
        if "api-key" not in request.headers:
            raise Invalid(401, "Access denied due to invalid subscription key.")
        if not request.query.get("api-version"):
            raise Invalid(404, "Resource not found")
        if isinstance(body, dict):
            body["model"] = request.match_info["deployment"]
        return super().asked(request, body)

    def error(
        self, status: int, message: str | None = None, problem: str | None = None
    ) -> bytes:
        if problem != "blocked":
            return wire.error(status, message, problem)
        filtered = {"hate": {"filtered": True, "severity": "high"}}
        error = {
            "message": "The response was filtered due to the prompt triggering Azure "
            "OpenAI's content management policy.",
            "type": None,
            "param": "prompt",
            "code": "content_filter",
            "status": 400,
            "innererror": {
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": filtered,
            },
        }
        return json.dumps({"error": error}).encode()


def add_routes(app: web.Application, upstream: Upstream) -> None:
    """Add Azure's endpoint."""
    app.router.add_post(
        "/openai/deployments/{deployment}/chat/completions",
        partial(answer, AzureWords(), upstream),
    )


def serving(script: Script | None = None) -> AbstractAsyncContextManager[Upstream]:
    """Serve on a loopback port; the end of the block breaks off what still streams."""
    return running(add_routes, script)
