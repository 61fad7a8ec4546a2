"""`LLM_MODELS_FILE`: the catalogue as people write it."""

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from services.kit.yaml_file import Part, Problem, Unreadable, Whole, read_yaml
from services.llm.catalogue.known import known_entries
from services.llm.catalogue.model import Catalogue, Endpoint, Entry
from services.llm.model import Capability, Model, Price

MILLION = 1_000_000
CONCURRENCY = 256
MAX_PROVIDERS, MAX_MODELS, MAX_KEYS = 50, 1_000, 20

VARIABLE = r"^[A-Z][A-Z0-9_]{0,99}$"
Usd = Annotated[float, Field(ge=0, le=100_000)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
ModelId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}$")]
DEFAULT = "PARLEY_MODEL"
NEEDS_URL = ("openai_compatible", "azure")
NEEDS_KEYS = ("openai", "openai_responses", "anthropic", "gemini", "azure")


def number(value: object) -> object:
    """Take whole dollars for dollars."""
    return float(value) if type(value) is int else value


class Prices(Part):
    """USD for a million tokens."""

    input: Annotated[Usd, BeforeValidator(number)] = 0.0
    output: Annotated[Usd, BeforeValidator(number)] = 0.0
    as_of: datetime.date | None = None


class ProviderPart(Part):
    """Who runs models, and how to get there."""

    name: Name
    type: Literal[
        "openai",
        "openai_responses",
        "anthropic",
        "gemini",
        "azure",
        "ollama",
        "openai_compatible",
        "offline",
    ]
    url: str = Field("", pattern=r"^(https?://\S+)?$")
    api_version: str = ""
    keys: list[Annotated[str, Field(pattern=VARIABLE)]] = Field([], max_length=MAX_KEYS)
    concurrency: int = Field(CONCURRENCY, ge=1, le=10_000)


class ModelPart(Part):
    """A model; what is not said is taken from the well-known model of its name."""

    id: ModelId
    provider: Name
    upstream: str = ""
    display_name: str = ""
    window: int | None = Field(None, ge=0)
    max_output: int | None = Field(None, ge=0)
    capabilities: list[Capability] | None = None
    price: Prices | None = None
    fallback: list[ModelId] = Field([], max_length=5)
    tokenizer: str = ""

    def entry(self, known: Mapping[str, Entry]) -> Entry:
        """Describe it, with what is known of it."""
        same = Catalogue(endpoints=(), entries={}, known=known).known_as(
            self.upstream or self.id
        )
        base = same.model if same else Model(self.id, self.provider)
        able = self.capabilities
        return Entry(
            model=Model(
                id=self.id,
                provider=self.provider,
                display_name=self.display_name or base.display_name,
                window=base.window if self.window is None else self.window,
                max_output=(
                    base.max_output if self.max_output is None else self.max_output
                ),
                capabilities=base.capabilities if able is None else frozenset(able),
                price=base.price if self.price is None else micros(self.price),
            ),
            upstream=self.upstream or self.id,
            fallback=tuple(self.fallback),
            tokenizer=self.tokenizer or (same.tokenizer if same else ""),
        )


def micros(prices: Prices) -> Price:
    """Turn dollars into millionths of them."""
    return Price(round(prices.input * MILLION), round(prices.output * MILLION))


class ModelsFile(Whole):
    """The whole file."""

    default: ModelId | None = None
    providers: list[ProviderPart] = Field(min_length=1, max_length=MAX_PROVIDERS)
    models: list[ModelPart] = Field([], max_length=MAX_MODELS)

    def problems(self) -> Iterable[Problem]:
        """Say what does not fit together."""
        names: set[str] = set()
        for number, provider in enumerate(self.providers):
            place = ("providers", number)
            if provider.name in names:
                yield (*place, "name"), f"there are two providers {provider.name!r}"
            names.add(provider.name)
            if provider.type in NEEDS_URL and not provider.url:
                yield place, f"a provider of type {provider.type} needs a `url`"
            if provider.type in NEEDS_KEYS and not provider.keys:
                yield (
                    place,
                    f"a provider of type {provider.type} needs `keys`: the names of "
                    "environment variables that hold them",
                )
            if provider.type == "azure" and not any(
                model.provider == provider.name for model in self.models
            ):
                yield place, "a provider of type azure needs `models`: its deployments"
        yield from self._problems_of_models(names)

    def _problems_of_models(self, providers: set[str]) -> Iterable[Problem]:
        ids = {model.id for model in self.models}
        seen: set[str] = set()
        for number, model in enumerate(self.models):
            place = ("models", number)
            if model.id in seen:
                yield (*place, "id"), f"there are two models {model.id!r}"
            seen.add(model.id)
            if model.provider not in providers:
                known = ", ".join(sorted(providers))
                yield (*place, "provider"), f"no such provider; there are: {known}"
            for which, other in enumerate(model.fallback):
                if other not in ids or other == model.id:
                    yield (*place, "fallback", which), "is no other model of this file"
        if self.default and not self.has(self.default):
            yield ("default",), f"there is no model {self.default!r} in this file"

    def has(self, model: str) -> bool:
        """Tell whether it is here, or may be among what a provider lists."""
        closed = {model.provider for model in self.models}
        return any(each.id == model for each in self.models) or any(
            provider.name not in closed for provider in self.providers
        )


def read_models(path: Path, environment: Mapping[str, str]) -> Catalogue:
    """Read a catalogue, or raise `Unreadable`, which says where it is wrong."""
    file = read_yaml(path, ModelsFile)
    for number, provider in enumerate(file.providers):
        for variable in provider.keys:
            if not environment.get(variable):
                raise Unreadable(
                    f"{path}, providers[{number}].keys: the environment variable "
                    f"{variable} is not set"
                )
    known = known_entries()
    entries = {part.id: part.entry(known) for part in file.models}
    default = environment.get(DEFAULT) or file.default or next(iter(entries), "")
    if default and not file.has(default):
        raise Unreadable(f"{DEFAULT} names {default!r}, which is not in {path}")
    return Catalogue(
        endpoints=[
            Endpoint(
                name=provider.name,
                type=provider.type,
                url=provider.url,
                api_version=provider.api_version,
                key_names=tuple(provider.keys),
                concurrency=provider.concurrency,
                models=tuple(
                    entry.upstream
                    for entry in entries.values()
                    if entry.model.provider == provider.name
                ),
            )
            for provider in file.providers
        ],
        entries=entries,
        known=known,
        default=default,
    )
