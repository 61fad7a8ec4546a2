"""The catalogue: providers, models, and what is known of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, get_args

from services.llm.model import Model, Price, Question

Type = Literal[
    "openai",
    "openai_responses",
    "anthropic",
    "gemini",
    "azure",
    "ollama",
    "openai_compatible",
    "offline",
    "detected",  # an Ollama if one runs, else offline; never in a file
]
OTHER = "_OTHER"  # OpenTelemetry's word for one label too many
TYPES: tuple[Type, ...] = get_args(Type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A provider as it is configured, with the names of its keys, never the keys."""

    name: str
    type: Type
    url: str = ""  # empty: the provider's own
    api_version: str = ""
    key_names: Sequence[str] = ()  # of environment variables
    concurrency: int
    default_model: str = ""  # upstream's name; for where no model is named
    models: Sequence[str] = ()  # upstream's names, where the catalogue has them

    @property
    def maker(self) -> str:
        """Name whose models are there, as `known.yaml` does."""
        return "openai" if self.type == "openai_responses" else self.type


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A model of the catalogue."""

    model: Model
    upstream: str  # its provider's name for it
    fallback: Sequence[str] = ()
    tokenizer: str = ""  # the name of an encoding, or the path of a `.json`


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All that can be asked. Providers without models here have all that they list."""

    endpoints: Sequence[Endpoint]
    entries: Mapping[str, Entry]
    known: Mapping[str, Entry]  # well-known models, wherever they run
    default: str = ""  # empty: the first

    def describe(self, model: Model) -> Model:
        """Add to a model of a provider's list what is known of it."""
        if entry := self.entries.get(model.id):
            return entry.model
        known = self.known_as(model.id)
        if known is None:
            return model
        return replace(
            known.model,
            id=model.id,
            provider=model.provider,
            display_name=model.display_name or known.model.display_name,
            window=model.window or known.model.window,
            max_output=model.max_output or known.model.max_output,
            capabilities=model.capabilities or known.model.capabilities,
        )

    def known_as(self, name: str) -> Entry | None:
        """Find what is known of a model, also by the name of one of its snapshots."""
        return self.known.get(name) or self.known.get(without_date(name))

    def tokenizer(self, name: str) -> str:
        """Say what counts a model's tokens; empty if nobody has said."""
        entry = self.entries.get(name) or self.known_as(name)
        return entry.tokenizer if entry else ""

    def account(self, name: str) -> tuple[str, Price]:
        """Say under which name a model is accounted for, and what it costs."""
        name = name or self.default
        if entry := self.entries.get(name):
            return name, entry.model.price
        if known := self.known_as(name):
            return known.model.id, known.model.price
        # Other names are the callers': they are told apart by nobody.
        return (name if name == self.default else OTHER), Price()

    def others(self, question: Question) -> Sequence[str]:
        """Name the models to fall back to that can do what the question needs."""
        entry = self.entries.get(question.model or self.default)
        if entry is None or not entry.fallback:
            return ()
        needed = set()
        if question.tools:
            needed.add("tools")
        if question.response_schema:
            needed.add("json_schema")
        if any(turn.images for turn in question.turns):
            needed.add("vision")
        return [
            other
            for other in entry.fallback
            if needed <= self.entries[other].model.capabilities
        ]


@lru_cache(maxsize=1_000)  # each answer is accounted for
def without_date(name: str) -> str:
    """Strip the date that names a snapshot: `-2024-07-18`, `-20250514`, `-latest`."""
    stem, _, last = name.rpartition("-")
    if last == "latest" or (len(last) == 8 and last.isdigit()):
        return stem
    parts = name.rsplit("-", 3)
    if len(parts) == 4 and [*map(len, parts[1:])] == [4, 2, 2]:
        return parts[0]
    return name
