"""Run the llm service: `python -m services.llm`."""

import os
from collections.abc import Mapping, Sequence
from functools import partial

import aiohttp
import grpc
import uvloop
from redis.asyncio import Redis

from parley.auth.v1 import key_service_pb2 as keys_pb
from parley.auth.v1 import key_service_pb2_grpc as keys_grpc
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.kit.caller import Issuer, delegate
from services.kit.interceptors import bearer
from services.kit.jwk import Jwk, read_key_set
from services.kit.keys import verifying
from services.kit.redis import connect
from services.kit.server import serving, until_stopped
from services.kit.settings import load
from services.kit.telemetry import telemetry
from services.llm.catalogue.environment import Environment, catalogue_of
from services.llm.catalogue.factories import Making, made
from services.llm.catalogue.file import read_models
from services.llm.catalogue.model import Catalogue
from services.llm.generation.answers import Answers
from services.llm.generation.servicer import GenerationServicer
from services.llm.guards.composing import Limits, composed
from services.llm.guards.rulebook import NO_RULES, read_rules
from services.llm.model import MAX_QUESTION
from services.llm.ports import Provider
from services.llm.providers.beat import Beat
from services.llm.providers.endpoint import Patience
from services.llm.providers.openai import client_session
from services.llm.settings import Settings


def catalogue(settings: Settings) -> Catalogue:
    """Read which models there are from the file, else from the environment."""
    if settings.models_file:
        return read_models(settings.models_file, os.environ)
    return catalogue_of(
        Environment(
            has_openai=settings.openai_api_key is not None,
            openai_url=settings.openai_base_url,
            has_anthropic=settings.anthropic_api_key is not None,
            has_gemini=settings.gemini_api_key is not None,
            model=settings.model,
            ollama_url=settings.ollama_url,
            concurrency=settings.concurrency,
        )
    )


def provider(
    settings: Settings, session: aiohttp.ClientSession, redis: Redis
) -> Provider:
    """Ask all models of the catalogue, with the guards before them."""
    beat = Beat(settings.beat_ms / 1000) if settings.beat_ms else None
    making = Making(session, beat, Patience(stall=settings.stall_seconds))
    return composed(
        catalogue(settings),
        lambda endpoint, key: made(making, endpoint, os.environ.get(key)),
        redis=redis,
        rules=read_rules(settings.rules_file) if settings.rules_file else NO_RULES,
        limits=Limits(
            stall_seconds=settings.stall_seconds,
            whole_seconds=settings.answer_seconds,
            cache_seconds=settings.cache_seconds,
        ),
    )


async def ask_for_keys(channel: grpc.aio.Channel) -> keys_pb.GetJsonWebKeySetResponse:
    """Ask auth for the keys of access tokens."""
    stub: keys_grpc.KeyServiceAsyncStub = keys_grpc.KeyServiceStub(channel)
    return await stub.GetJsonWebKeySet(keys_pb.GetJsonWebKeySetRequest(), timeout=2)


def trusted(settings: Settings) -> Mapping[Issuer, Sequence[Jwk]]:
    """Let chat ask on behalf of its users, whether or not they are waiting."""
    if not settings.trusted_keys_file:
        return {}
    return {delegate("chat", to="llm"): read_key_set(settings.trusted_keys_file)}


async def main(settings: Settings) -> None:
    """Open what the service needs, serve, and close it in reverse."""
    with telemetry("llm", metrics_address=settings.metrics_address):
        async with (
            client_session() as session,
            connect(settings.redis_url) as redis,
            verifying(
                settings.auth_address, ask_for_keys, trusted(settings)
            ) as verifier,
            serving(
                partial(
                    pb_grpc.add_GenerationServiceServicer_to_server,
                    GenerationServicer(Answers(provider(settings, session, redis))),
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
