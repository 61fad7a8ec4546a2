"""
llm alone, in a process of its own: `python -m tests.bench.alone.llm_process HOW URL`.

HOW is `bare` (the provider as it is), `guarded` (as `make up` runs it) or `ruled` (with
every rule that ships, too). Prints its address and an access token.
"""

import asyncio
import sys
from uuid import uuid4

import uvloop

from services.kit.redis import connect
from services.llm.catalogue.environment import Environment, catalogue_of
from services.llm.catalogue.factories import Making, made
from services.llm.guards.composing import composed
from services.llm.guards.rulebook import NO_RULES, Rulebook, shipped
from services.llm.guards.rules import Rules
from services.llm.ports import Provider
from services.llm.providers.beat import Beat
from services.llm.providers.openai import client_session
from tests.identity import Identity
from tests.serving import llm_serving

BEAT_SECONDS = 0.025


def rules(how: str) -> Rulebook:
    """Use every rule that ships, or none."""
    if how != "ruled":
        return NO_RULES
    every = Rules([written.rule(None) for written in shipped().values()])
    return Rulebook(of_questions=every, of_answers=every)


async def main(how: str, url: str, redis_url: str) -> None:
    """Serve until ended."""
    identity = Identity()
    environment = Environment(openai_url=url, model="scripted", concurrency=1_000)
    catalogue = catalogue_of(environment)
    async with client_session() as session, connect(redis_url) as redis:
        making = Making(session, Beat(BEAT_SECONDS))
        provider: Provider = made(making, catalogue.endpoints[0], "sk-bench")
        if how != "bare":
            provider = composed(
                catalogue,
                lambda endpoint, _: made(making, endpoint, "sk-bench"),
                redis=redis,
                rules=rules(how),
            )
        async with llm_serving(provider, identity) as address:
            sys.stdout.write(f"{address} {identity.token(uuid4())}\n")
            sys.stdout.flush()
            await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
