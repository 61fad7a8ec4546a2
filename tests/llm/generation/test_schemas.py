"""Answers that have to follow a JSON Schema."""

import pytest

from services.kit.errors import InvalidField
from services.llm.generation.answers import Answers
from services.llm.providers.openai import OpenAiProvider
from services.llm.wanted import Options, Wanted
from tests.calls import everything
from tests.doubles.upstream import Upstream
from tests.llm.generation.conftest import Known
from tests.llm.generation.parts import ME, said

SCHEMA = '{"type": "object", "properties": {"city": {"type": "string"}}}'


def wanted(schema: str) -> Wanted:
    options = Options(response_schema=schema)
    return Wanted(user_id=ME, turns=said("Where?"), options=options)


async def test_a_model_that_knows_schemas_is_handed_it(known: Known):
    catalogue = known("json_schema")

    await everything(Answers(catalogue).generate(wanted(SCHEMA)))

    assert catalogue.questions[0].response_schema == SCHEMA
    assert [turn.text for turn in catalogue.questions[0].turns] == ["Where?"]


async def test_any_other_model_is_told_in_words(known: Known, upstream: Upstream):
    catalogue = known()

    await everything(Answers(catalogue).generate(wanted(SCHEMA)))

    system, user = upstream.requests[-1].body["messages"]
    assert catalogue.questions[0].response_schema == ""
    assert system["content"].endswith(f"follows this JSON Schema:\n{SCHEMA}")
    assert user["content"] == "Where?"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ("{", "JSON"),
        ("[" * 30_000, "JSON"),
        ("[]", "a JSON object"),
        ('{"type": "objekt"}', "a JSON Schema"),
        ('{"properties": 7}', "a JSON Schema"),
        ('{"$schema": 5}', "a JSON Schema"),
        ('{"$schema": ["a"]}', "a JSON Schema"),
        ('{"pattern": "a{99999999999999999999}"}', "a JSON Schema"),
        ('{"not": ' * 150 + "{}" + "}" * 150 + "]", "JSON"),
    ],
)
async def test_what_is_no_schema_is_refused_and_nobody_is_asked(
    provider: OpenAiProvider, upstream: Upstream, schema: str, expected: str
):
    with pytest.raises(InvalidField) as refused:
        await everything(Answers(provider).generate(wanted(schema)))

    field = "options.response_schema"
    assert refused.value.metadata == {"field": field, "expected": expected}
    assert upstream.counts["asked"] == 0
