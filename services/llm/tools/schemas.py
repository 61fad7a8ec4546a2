"""JSON Schemas whose author is not trusted, and arguments checked against them."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from services.llm.tools.model import MAX_ARGUMENTS, CallFailed

MAX_SCHEMA = 16 * 1024  # bytes
MAX_PARTS = 2_000  # of a schema, all that it refers to written out
MAX_DEPTH = 40
MAX_WORK = 200_000  # parts of a schema, times those of the arguments
MAX_PROBLEMS = 5
MAX_PROBLEM = 200  # characters

# What a hostile author could make take for ever, and nobody needs checked here: the
# tool has to look at its arguments itself. Without `$id`, a reference means the whole.
UNCHECKED = frozenset(
    {"pattern", "patternProperties", "format", "uniqueItems", "$id", "id"}
    | {"$anchor", "$dynamicAnchor", "$recursiveAnchor"}
)
# Keywords below which the keys are names that the author chose, not keywords.
NAMES = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
DATA = frozenset({"const", "enum", "default", "examples"})
REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})
# Below these, less to check allows less; and what comes of all others, of these.
TURNING = frozenset({"not", "oneOf", "if", "contains"})
REMAINING = frozenset(
    {"additionalProperties", "unevaluatedProperties", "unevaluatedItems"}
)


class LyingSchema(Exception):
    """A schema is none, or is made to be expensive."""


def checked(schema: object) -> dict[str, Any]:
    """Return a schema of arguments that can be shown and used, or refuse it."""
    from jsonschema import SchemaError
    from jsonschema.exceptions import UnknownType

    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise LyingSchema("its type is not `object`")
    if not isinstance(schema.get("$schema", ""), str):
        raise LyingSchema("it is no JSON Schema")
    try:
        if len(json.dumps(schema, ensure_ascii=False).encode()) > MAX_SCHEMA:
            raise LyingSchema(f"it has more than {MAX_SCHEMA} bytes")
        made = safe(schema)
        size_of(made)
        draft(made).check_schema(made)
    except (SchemaError, UnknownType, ValueError, TypeError, RecursionError) as error:
        raise LyingSchema("it is no JSON Schema") from error
    return schema


def draft(schema: dict[str, Any]) -> Any:
    """Return the validator of the draft that a schema says it follows."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    return validator_for(schema, default=Draft202012Validator)


def safe(schema: Any, *, names: bool = False) -> Any:
    """
    Leave out what is not checked here; `names` are those of properties.

    So more is allowed than before, and never less.
    """
    if isinstance(schema, list):
        return [safe(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    left_out = set() if names else unchecked(schema)
    return {
        key: value
        if key in DATA and not names
        else safe(value, names=key in NAMES and not names)
        for key, value in schema.items()
        if key not in left_out
    }


def unchecked(schema: dict[str, Any]) -> set[str]:
    """Return the keywords of a schema, not of its parts, that are left out."""
    found = UNCHECKED & schema.keys()
    turned = {key for key in TURNING & schema.keys() if uncertain(schema[key])}
    if turned or "patternProperties" in found:
        found |= REMAINING
    return {*found, *turned}


def uncertain(schema: object, *, names: bool = False) -> bool:
    """Tell whether something in a schema is left out, or stands elsewhere."""
    if isinstance(schema, list):
        return any(uncertain(each) for each in schema)
    if not isinstance(schema, dict):
        return False
    if not names and schema.keys() & (UNCHECKED | REFERENCES):
        return True
    return any(
        uncertain(value, names=key in NAMES and not names)
        for key, value in schema.items()
        if names or key not in DATA
    )


def size_of(schema: dict[str, Any]) -> int:
    """Count the parts of a schema, as whoever checks against it meets them."""
    counted = 0

    def walk(part: object, through: tuple[str, ...], names: bool = False) -> None:
        nonlocal counted
        counted += 1
        if counted > MAX_PARTS:
            raise LyingSchema("it has too many parts")
        if isinstance(part, list):
            for each in part:
                walk(each, through)
        if not isinstance(part, dict):
            return
        for key, value in part.items():
            if not names and key in REFERENCES:
                if value in through or len(through) > MAX_DEPTH:
                    raise LyingSchema("it refers to itself")
                walk(pointed(schema, value), (*through, value))
            else:
                walk(value, through, key in NAMES and not names)

    walk(schema, ())
    return counted


def pointed(root: dict[str, Any], reference: object) -> object:
    """Follow a reference, within the schema only."""
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise LyingSchema("it refers to all of itself, or to something outside")
    found: object = root
    for part in reference[2:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or key not in found:
            raise LyingSchema("it refers to nothing")
        found = found[key]
    return found


@lru_cache(maxsize=512)
def validator(schema: str) -> tuple[Any, int]:
    """Return what checks arguments against a schema, fetching nothing; and its size."""
    from referencing import Registry

    made = safe(json.loads(schema))
    return draft(made)(made, registry=Registry()), size_of(made)


def arguments_of(text: str, schema: Mapping[str, object]) -> dict[str, object]:
    """Read arguments as a model wrote them; raises `CallFailed` with what is wrong."""
    if len(text.encode(errors="replace")) > MAX_ARGUMENTS:
        raise CallFailed(f"The arguments have more than {MAX_ARGUMENTS} bytes.")
    try:
        arguments = json.loads(text or "{}", parse_constant=refused)
    except (ValueError, RecursionError) as error:
        raise CallFailed("The arguments are no JSON.") from error
    if not isinstance(arguments, dict):
        raise CallFailed("The arguments are no JSON object.")
    if problems := problems_of(arguments, schema):
        said = "; ".join(problems)
        raise CallFailed(f"The arguments are not as the tool's schema wants: {said}")
    return arguments


def refused(constant: str) -> object:
    """Take no `NaN` and no `Infinity`, which are no JSON."""
    raise ValueError(constant)


def problems_of(value: object, schema: Mapping[str, object]) -> Sequence[str]:
    """Say what of a value is not as wanted; raises `CallFailed` if nobody can tell."""
    try:
        check, size = validator(json.dumps(schema, sort_keys=True))
        if size * parts(value) > MAX_WORK:
            raise CallFailed("There are too many parts to check.")
        return [
            f"{problem.json_path[:MAX_PROBLEM]}: {problem.message[:MAX_PROBLEM]}"
            for problem in islice(check.iter_errors(value), MAX_PROBLEMS)
        ]
    except RecursionError as error:
        raise CallFailed("It is nested too deep to be checked.") from error
    except (ArithmeticError, ValueError) as error:  # numbers beyond all bounds
        raise CallFailed("It cannot be checked.") from error


def parts(value: object) -> int:
    """Count the values in a value."""
    if isinstance(value, dict):
        return 1 + sum(map(parts, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(parts, value))
    return 1
