"""The catalogue of who has no file: what the environment says, else what is found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.llm.catalogue.known import known_entries
from services.llm.catalogue.model import Catalogue, Endpoint
from services.llm.catalogue.routed import PREFIXES

OPENAI_MODEL = "gpt-6-luna"
ANTHROPIC_MODEL = "claude-haiku-5-5"
GEMINI_MODEL = "gemini-3.5-flash-lite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What may be set. Of keys it is known only whether there are any."""

    has_openai: bool = False
    openai_url: str | None = None
    has_anthropic: bool = False
    has_gemini: bool = False
    model: str | None = None
    ollama_url: str = ""
    concurrency: int


def catalogue_of(environment: Environment) -> Catalogue:
    """Make a catalogue of what is set; who lists what comes first has the default."""
    endpoints = endpoints_of(environment)
    wanted = environment.model or ""
    kind = next((type for prefix, type in PREFIXES if wanted.startswith(prefix)), "")
    # `sorted` keeps the order of equals: OpenAI's is the first of those not wanted.
    first, *others = sorted(endpoints, key=lambda each: each.type != kind)
    if wanted and first.type != "detected":
        first = replace(first, default_model=wanted)
    return Catalogue(
        endpoints=[first, *others],
        entries={},
        known=known_entries(),
        default=first.default_model,
    )


def endpoints_of(environment: Environment) -> Sequence[Endpoint]:
    """Say who is to be asked."""
    many = environment.concurrency
    found = []
    if environment.openai_url:
        found.append(
            Endpoint(
                name="openai",
                type="openai_compatible",
                url=environment.openai_url,
                key_names=("OPENAI_API_KEY",) if environment.has_openai else (),
                concurrency=many,
            )
        )
    elif environment.has_openai:
        found.append(
            Endpoint(
                name="openai",
                type="openai_responses",  # where its newer models take tools
                key_names=("OPENAI_API_KEY",),
                default_model=OPENAI_MODEL,
                concurrency=many,
            )
        )
    if environment.has_anthropic:
        found.append(
            Endpoint(
                name="anthropic",
                type="anthropic",
                key_names=("ANTHROPIC_API_KEY",),
                default_model=ANTHROPIC_MODEL,
                concurrency=many,
            )
        )
    if environment.has_gemini:
        found.append(
            Endpoint(
                name="gemini",
                type="gemini",
                key_names=("GEMINI_API_KEY",),
                default_model=GEMINI_MODEL,
                concurrency=many,
            )
        )
    local = Endpoint(
        name="local",
        type="detected",
        url=environment.ollama_url,
        concurrency=many,
    )
    return found or [local]
