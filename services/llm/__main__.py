"""Run the llm service: `python -m services.llm`."""

from functools import partial

import aiohttp
import grpc
import uvloop

from parley.auth.v1 import key_service_pb2 as keys_pb
from parley.auth.v1 import key_service_pb2_grpc as keys_grpc
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.kit.interceptors import bearer
from services.kit.keys import trusted, verifying
from services.kit.server import serving, until_stopped
from services.kit.settings import load
from services.kit.telemetry import telemetry
from services.llm.generation.answers import Answers
from services.llm.generation.servicer import GenerationServicer
from services.llm.model import MAX_QUESTION
from services.llm.ports import Provider
from services.llm.providers.beat import Beat
from services.llm.providers.detected import DetectedProvider
from services.llm.providers.offline import OfflineProvider
from services.llm.providers.openai import (
    OLLAMA,
    OPENAI_MODEL,
    OPENAI_URL,
    OpenAiProvider,
    client_session,
)
from services.llm.settings import Settings


def provider(settings: Settings, session: aiohttp.ClientSession) -> Provider:
    """Ask the endpoint that is configured, else an Ollama if one runs, else nobody."""
    key, url, model = (
        settings.openai_api_key,
        settings.openai_base_url,
        settings.model,
    )
    beat = Beat(settings.beat_ms / 1000) if settings.beat_ms else None
    if url:
        return OpenAiProvider(
            session,
            url=url,
            name="openai",
            key=key.get_secret_value() if key else None,
            model=model,
            beat=beat,
        )
    if key:
        return OpenAiProvider(
            session,
            url=OPENAI_URL,
            name="openai",
            key=key.get_secret_value(),
            model=model or OPENAI_MODEL,
            beat=beat,
        )
    ollama = OpenAiProvider(
        session, url=f"{settings.ollama_url}/v1", name=OLLAMA, beat=beat
    )
    return DetectedProvider(ollama, OfflineProvider())


async def ask_for_keys(channel: grpc.aio.Channel) -> keys_pb.GetJsonWebKeySetResponse:
    """Ask auth for the keys of access tokens."""
    stub: keys_grpc.KeyServiceAsyncStub = keys_grpc.KeyServiceStub(channel)
    return await stub.GetJsonWebKeySet(keys_pb.GetJsonWebKeySetRequest(), timeout=2)


async def main(settings: Settings) -> None:
    """Open what the service needs, serve, and close it in reverse."""
    with telemetry("llm", metrics_address=settings.metrics_address):
        async with (
            client_session() as session,
            verifying(
                settings.auth_address,
                ask_for_keys,
                trusted("chat", settings.trusted_keys_file, by="llm"),
            ) as verifier,
            serving(
                partial(
                    pb_grpc.add_GenerationServiceServicer_to_server,
                    GenerationServicer(Answers(provider(settings, session))),
                ),
                services=("parley.llm.v1.GenerationService",),
                address=settings.listen_address,
                authenticate=bearer(verifier),
                max_request_bytes=MAX_QUESTION,
                notice_seconds=settings.notice_seconds,
            ),
        ):
            await until_stopped()


if __name__ == "__main__":
    uvloop.run(main(load(Settings)))
