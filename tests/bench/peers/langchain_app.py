"""What a tutorial builds: FastAPI that streams LangChain's `astream`."""

import json
import os
from collections.abc import AsyncIterator
from typing import Any

import uvicorn  # type: ignore[import-not-found, unused-ignore]
from fastapi import FastAPI  # type: ignore[import-not-found, unused-ignore]
from fastapi.responses import (  # type: ignore[import-not-found, unused-ignore]
    StreamingResponse,
)
from langchain_openai import (  # type: ignore[import-not-found, unused-ignore]
    ChatOpenAI,
)
from pydantic import BaseModel


class Question(BaseModel):
    """What the app is asked: the messages, as OpenAI writes them."""

    messages: list[dict[str, str]]


def app() -> FastAPI:
    """Build the app; the model's endpoint is in the environment."""
    model = ChatOpenAI(model="scripted", streaming=True)

    async def events(messages: list[dict[str, str]]) -> AsyncIterator[str]:
        async for chunk in model.astream(messages):
            yield f"data: {json.dumps({'content': chunk.content})}\n\n"
        yield "data: [DONE]\n\n"

    async def healthy() -> dict[str, str]:
        return {}

    async def chat(question: Question) -> Any:
        answer = events(question.messages)
        return StreamingResponse(answer, media_type="text/event-stream")

    built = FastAPI()
    built.add_api_route("/health", healthy)
    built.add_api_route("/chat", chat, methods=["POST"], response_model=None)
    return built


if __name__ == "__main__":
    uvicorn.run(
        app(),
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        access_log=False,
        log_level="warning",
    )
