"""JSON Schemas in OpenAI's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from openai.types.shared_params.response_format_json_schema import JSONSchema

NAME = "answer"


def answer_format(schema: str) -> JSONSchema:
    """Name the schema that an answer has to follow."""
    read = msgspec.json.decode(schema.encode())
    return {"name": NAME, "schema": read, "strict": strict(read)}


def strict(schema: object) -> bool:
    """
    Tell whether a model can be held to a schema to the letter.

    OpenAI refuses to be strict about objects that may have other properties than those
    named, or may lack some: then it follows the schema as well as it can.
    """
    if isinstance(schema, Mapping):
        if "properties" in schema or schema.get("type") == "object":
            named = schema.get("properties", {})
            closed = schema.get("additionalProperties") is False
            if not closed or set(named) != set(schema.get("required", ())):
                return False
        return all(strict(part) for part in schema.values())
    if isinstance(schema, list):
        return all(strict(part) for part in schema)
    return True
