"""How the guards stand before the providers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from redis.asyncio import Redis

from services.llm.catalogue.model import Catalogue, Endpoint
from services.llm.catalogue.routed import Routed
from services.llm.guards.accounting import Accounting
from services.llm.guards.breaker import Breaker
from services.llm.guards.cache import Cache
from services.llm.guards.deadlines import Deadlines
from services.llm.guards.fair_queue import FairQueue
from services.llm.guards.fallback import Fallback
from services.llm.guards.keys import Keys
from services.llm.guards.metrics import Metrics
from services.llm.guards.moderation import Moderation
from services.llm.guards.retries import Budget, Retries
from services.llm.guards.rulebook import NO_RULES, Rulebook
from services.llm.guards.turns import Turns
from services.llm.ports import Provider

# Of those who wait: places for each turn, and how many of them one user may have.
PLACES = 8
PLACES_EACH = 1 / 4
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the operator decides about all providers."""

    stall_seconds: float = 60.0
    whole_seconds: float = 1_800.0
    cache_seconds: int = 3_600
    patience_seconds: float = PATIENCE_SECONDS


DEFAULT_LIMITS = Limits()


def composed(
    catalogue: Catalogue,
    make: Callable[[Endpoint, str], Provider],
    *,
    redis: Redis | None = None,
    rules: Rulebook = NO_RULES,
    limits: Limits = DEFAULT_LIMITS,
) -> Provider:
    """
    Put the guards before all providers of a catalogue, which `make` makes for a key.

    From the outside in, and why there:

    - `Moderation` sees what the user said and is shown; so a cached answer is held to
      the rules of now. Without rules it is not there.
    - `Cache` answers before anything is counted, waited for or asked.
    - `Fallback` knows models, not providers: each attempt goes by all that follows.
    - `Accounting` knows which model answered, and sees an answer, not its attempts.
    - `Routed` finds the provider; what follows is each provider's own.
    - `Retries` gives its turn back while it waits.
    - `Turns` before the breaker: who waited for a turn while the provider went down is
      refused then, and does not ask.
    - `Breaker` counts attempts, whatever key they used.
    - `Keys`, where there are several.
    - `Metrics`, for each key: one span, and one duration, is one request on the wire.
    - `Deadlines` stand next to what they interrupt.
    """
    providers = {
        endpoint.name: guarded(endpoint, catalogue, make, limits)
        for endpoint in catalogue.endpoints
    }
    provider: Provider = Routed(catalogue, providers)
    provider = Accounting(provider, account=catalogue.account)
    provider = Fallback(provider, catalogue.others)
    if redis is not None and limits.cache_seconds:
        provider = Cache(provider, redis, seconds=limits.cache_seconds)
    if rules:
        provider = Moderation(
            provider, of_questions=rules.of_questions, of_answers=rules.of_answers
        )
    return provider


def guarded(
    endpoint: Endpoint,
    catalogue: Catalogue,
    make: Callable[[Endpoint, str], Provider],
    limits: Limits,
) -> Provider:
    """Put the guards of one provider before it."""
    name = endpoint.name
    keys = [
        measured(make(endpoint, key), endpoint, catalogue, limits)
        for key in endpoint.key_names or ("",)
    ]
    provider = keys[0] if len(keys) == 1 else Keys(keys)
    provider = Breaker(provider, name=name)
    size = endpoint.concurrency
    queue = FairQueue(
        size,
        waiting=size * PLACES,
        waiting_each=max(1, int(size * PLACES * PLACES_EACH)),
        patience=limits.patience_seconds,
    )
    provider = Turns(provider, name=name, queue=queue)
    return Retries(provider, name=name, budget=Budget(), random=Random())  # noqa: S311 - when to ask again


def measured(
    provider: Provider, endpoint: Endpoint, catalogue: Catalogue, limits: Limits
) -> Provider:
    """Watch and measure the answers for one key."""
    return Metrics(
        Deadlines(
            provider,
            stall_seconds=limits.stall_seconds,
            whole_seconds=limits.whole_seconds,
        ),
        name=endpoint.name,
        known=labels(endpoint, catalogue),
    )


def labels(endpoint: Endpoint, catalogue: Catalogue) -> Sequence[str]:
    """Name the models that are labels from the start."""
    return [
        "",
        endpoint.default_model,
        *(
            entry.upstream
            for entry in catalogue.entries.values()
            if entry.model.provider == endpoint.name
        ),
    ]
