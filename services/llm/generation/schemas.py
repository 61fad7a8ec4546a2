"""JSON Schemas that answers have to follow."""

import asyncio
import importlib

import msgspec

from services.kit.errors import InvalidField

FIELD = "options.response_schema"
INSTRUCTION = """\
Answer with JSON alone, without a word or a code fence around it, that follows this \
JSON Schema:
"""


async def check(schema: str) -> None:
    """Refuse what is no JSON Schema for an object."""
    try:
        parsed = msgspec.json.decode(schema)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidField(field=FIELD, expected="JSON") from error
    if not isinstance(parsed, dict):
        raise InvalidField(field=FIELD, expected="a JSON object")
    await asyncio.to_thread(check_parsed, parsed)


def check_parsed(schema: dict[str, object]) -> None:
    """Refuse what the dialect that it names does not allow."""
    # Costs 100 ms, which only those pay who send one.
    jsonschema = importlib.import_module("jsonschema")
    try:
        jsonschema.validators.validator_for(schema).check_schema(schema)
    except Exception as error:
        # The library refuses much of what is none by stumbling over it.
        raise InvalidField(field=FIELD, expected="a JSON Schema") from error


def instruction(schema: str) -> str:
    """Say to a model that knows no schemas what its answer has to follow."""
    return INSTRUCTION + schema
