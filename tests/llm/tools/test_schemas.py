"""Schemas whose authors are not trusted cost nothing and fetch nothing."""

import json
import time
from typing import Any

import pytest

from services.llm.tools.model import CallFailed
from services.llm.tools.schemas import LyingSchema, arguments_of, checked

EVIL = "^(a+)+$"


@pytest.mark.parametrize(
    "schema",
    [
        None,
        [],
        {},
        {"type": "string"},
        {"type": ["object"]},
        {"type": "object", "properties": []},
        {"type": "object", "properties": {"a": {"type": "wrong"}}},
        {"type": "object", "required": "a"},
        {"type": "object", "properties": {"a": {"$ref": "http://10.0.0.1/s"}}},
        {"type": "object", "properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
        {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}},
        {"type": "object", "properties": {"enum": {"$ref": "#/properties/enum"}}},
        {"type": "object", "$recursiveRef": "#"},
        {"type": "object", "$dynamicRef": "#x", "$dynamicAnchor": "x"},
        {"type": "object", "description": "x" * 20_000},
        {"type": "object", "$schema": 5},
        {"type": "object", "$schema": ["a"]},
        {"type": "object", "properties": {str(n): True for n in range(3_000)}},
    ],
)
def test_a_schema_that_is_none_is_refused(schema: Any):
    with pytest.raises(LyingSchema):
        checked(schema)


def test_a_schema_nested_without_end_is_refused():
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(5_000):
        schema = {"type": "object", "properties": {"a": schema}}

    with pytest.raises(LyingSchema):
        checked(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/A"}},
            "$defs": {"A": {"type": "integer"}},
        },
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$id": "https://example.com/tool.json",
            "type": "object",
            "properties": {"id": {"type": "string"}, "pattern": {"type": "string"}},
            "definitions": {"b": {"items": [{"type": "string"}]}},
        },
        {"type": "object", "properties": {"a": {"pattern": EVIL, "format": "email"}}},
    ],
)
def test_a_schema_as_tools_have_them_is_taken(schema: dict[str, Any]):
    assert checked(schema) == schema


def test_a_property_of_any_name_is_checked():
    schema: dict[str, object] = {
        "type": "object",
        "properties": {name: {"type": "integer"} for name in ("pattern", "id", "enum")},
    }

    for name in ("pattern", "id", "enum"):
        with pytest.raises(CallFailed, match=f"\\$\\.{name}: 'x' is not of type"):
            arguments_of(json.dumps({name: "x"}), schema)


def test_an_expensive_pattern_is_left_to_its_author():
    schema: dict[str, object] = {
        "type": "object",
        "properties": {"a": {"type": "string", "pattern": EVIL}},
        "patternProperties": {EVIL: {"type": "string"}},
    }
    text = "a" * 60 + "!"

    assert arguments_of(json.dumps({"a": text, text: text}), schema)["a"] == text


def test_arguments_that_would_take_long_to_check_are_refused():
    schema: dict[str, object] = {
        "type": "object",
        "properties": {
            "a": {
                "type": "array",
                "items": {"anyOf": [{"const": n} for n in range(99)]},
            }
        },
    }
    began = time.process_time()

    with pytest.raises(CallFailed, match="too many parts"):
        arguments_of(json.dumps({"a": [100] * 10_000}), schema)

    assert time.process_time() - began < 0.5


def test_what_is_said_of_wrong_arguments_is_bounded():
    schema: dict[str, object] = {
        "type": "object",
        "additionalProperties": {"type": "integer"},
    }

    with pytest.raises(CallFailed) as caught:
        arguments_of(json.dumps({f"k{n}": "x" * 500 for n in range(100)}), schema)

    assert len(str(caught.value)) < 3_000


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"patternProperties": {"^a": {}}, "additionalProperties": False}, {"a": 1}),
        ({"not": {"properties": {"a": {"pattern": "^b"}}}}, {"a": "c"}),
        (
            {
                "properties": {
                    "a": {"oneOf": [{"pattern": "^b"}, {"pattern": "^c"}]},
                }
            },
            {"a": "c"},
        ),
        (
            {
                "$defs": {"b": {"pattern": "^b"}},
                "properties": {"a": {"not": {"$ref": "#/$defs/b"}}},
            },
            {"a": "c"},
        ),
        (
            {
                "if": {"properties": {"a": {"format": "date"}}},
                "then": {"required": ["b"]},
            },
            {"a": "c"},
        ),
    ],
)
def test_what_is_left_to_its_author_never_refuses_what_he_allows(
    schema: dict[str, Any], value: dict[str, Any]
):
    wanted = checked({"type": "object", **schema})

    assert arguments_of(json.dumps(value), wanted) == value


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_of_json_is_refused(number: str):
    with pytest.raises(CallFailed, match="no JSON"):
        arguments_of(f'{{"n": {number}}}', {"type": "object"})


@pytest.mark.asvs("1.4.2")
def test_a_number_beyond_all_bounds_fails_the_call_alone():
    schema = {"type": "object", "properties": {"n": {"multipleOf": 0.01}}}

    with pytest.raises(CallFailed, match="cannot be checked"):
        arguments_of('{"n": 1' + "0" * 400 + "}", schema)
