"""What `json_fields.lua` checks JSON bodies against: the fields of every request."""

import json
import re
from collections.abc import Iterable, Iterator

from google.protobuf import descriptor_pb2

from edge.envoy.methods import Binding, Method

Field = descriptor_pb2.FieldDescriptorProto
Messages = dict[str, descriptor_pb2.DescriptorProto]

# Written as JSON in a form of their own, so that their fields are no JSON fields.
WELL_KNOWN = "google.protobuf."
MAGIC = re.compile(r"([-^$()%.\[\]*+?])")


def table_of(
    methods: Iterable[Method], descriptors: descriptor_pb2.FileDescriptorSet
) -> str:
    """Write the table as a Lua expression."""
    messages = messages_of(descriptors)
    bodies = [
        (method.request, binding)
        for method in methods
        for binding in method.bindings
        if binding.has_body
    ]
    known: dict[str, dict[str, str | bool]] = {}
    for request, _ in bodies:
        add_fields(request, messages, known)
    lines = ["{", "  bodies = {"]
    lines += [
        f"    {{ {quote(binding.verb)}, {quote(pattern(binding))}, {quote(request)} }},"
        for request, binding in bodies
    ]
    lines += ["  },", "  messages = {"]
    for name, fields in sorted(known.items()):
        listed = ", ".join(f"{key} = {json.dumps(fields[key])}" for key in fields)
        lines.append(f"    [{quote(name)}] = {{ {listed} }},")
    return "\n".join([*lines, "  },", "}"])


def add_fields(
    name: str, messages: Messages, known: dict[str, dict[str, str | bool]]
) -> None:
    """Note the fields of a message and of those in it, by both of their JSON names."""
    if name in known:
        return
    known[name] = {}
    for field in messages[name].field:
        inner = inner_message(field, messages)
        known[name][field.name] = known[name][field.json_name] = inner or True
        if inner:
            add_fields(inner, messages, known)


def inner_message(field: Field, messages: Messages) -> str | None:
    """Name the message whose fields stand in a field's JSON object, if it is one."""
    name = field.type_name.removeprefix(".")
    if field.type != Field.TYPE_MESSAGE or name.startswith(WELL_KNOWN):
        return None
    if messages[name].options.map_entry:
        # Its keys are data. Teach the Lua side before a request has one.
        raise ValueError(f"{name}: a map in a request is not supported at the edge")
    return name


def messages_of(descriptors: descriptor_pb2.FileDescriptorSet) -> Messages:
    """Find every message by its full name."""

    def walk(
        prefix: str, message: descriptor_pb2.DescriptorProto
    ) -> Iterator[tuple[str, descriptor_pb2.DescriptorProto]]:
        name = f"{prefix}.{message.name}"
        yield name, message
        for nested in message.nested_type:
            yield from walk(name, nested)

    return {
        name: found
        for file in descriptors.file
        for message in file.message_type
        for name, found in walk(file.package, message)
    }


def pattern(binding: Binding) -> str:
    """Write a REST path as a Lua pattern."""
    literal = MAGIC.sub(r"%\1", binding.wildcards)
    return "^" + literal.replace("%*%*", ".+").replace("%*", "[^/]+") + "$"


def quote(text: str) -> str:
    """Write a string as Lua does; its escapes for these characters are JSON's."""
    return json.dumps(text)
