"""Which models there are without a file."""

import pytest

from services.llm.catalogue.environment import Environment, catalogue_of
from services.llm.catalogue.factories import Making, made
from services.llm.catalogue.model import TYPES, Endpoint, Type
from services.llm.providers.detected import DetectedProvider
from services.llm.providers.openai import OpenAiProvider, client_session

NOTHING = Environment(concurrency=1)
OPENAI = Environment(has_openai=True, concurrency=1)
ALL = Environment(has_openai=True, has_anthropic=True, has_gemini=True, concurrency=1)
OWN = Environment(openai_url="http://here/v1", concurrency=1)


@pytest.mark.parametrize(
    ("environment", "types", "default"),
    [
        (NOTHING, ["detected"], ""),
        (Environment(model="x", concurrency=1), ["detected"], ""),
        (OPENAI, ["openai_responses"], "gpt-6-luna"),
        (OWN, ["openai_compatible"], ""),
        (
            Environment(openai_url="http://here/v1", model="x", concurrency=1),
            ["openai_compatible"],
            "x",
        ),
        (ALL, ["openai_responses", "anthropic", "gemini"], "gpt-6-luna"),
        (
            Environment(
                has_openai=True, has_anthropic=True, model="claude-x", concurrency=1
            ),
            ["anthropic", "openai_responses"],
            "claude-x",
        ),
        (
            Environment(has_anthropic=True, has_gemini=True, concurrency=1),
            ["anthropic", "gemini"],
            "claude-haiku-5-5",
        ),
    ],
)
def test_who_is_asked_is_what_is_set(
    environment: Environment, types: list[str], default: str
):
    catalogue = catalogue_of(environment)

    assert [endpoint.type for endpoint in catalogue.endpoints] == types
    assert catalogue.default == default
    assert catalogue.endpoints[0].default_model == default


def test_a_key_is_named_where_there_is_one():
    (endpoint,) = catalogue_of(OPENAI).endpoints
    (own,) = catalogue_of(OWN).endpoints

    assert endpoint.key_names == ("OPENAI_API_KEY",)
    assert own.key_names == ()


async def test_providers_are_made_by_their_type():
    async with client_session() as session:
        making = Making(session)
        (own,), (local,) = catalogue_of(OWN).endpoints, catalogue_of(NOTHING).endpoints

        assert isinstance(made(making, own, None), OpenAiProvider)
        assert isinstance(made(making, local, None), DetectedProvider)


@pytest.mark.parametrize("kind", TYPES)
async def test_every_type_can_be_made(kind: Type):
    async with client_session() as session:
        endpoint = Endpoint(
            name="x", type=kind, url="http://here", concurrency=1, models=("a",)
        )

        provider = made(Making(session), endpoint, "sk-x")

        assert callable(provider.generate)
