"""What `json_fields.lua` checks REST requests against: the fields of each."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import starmap

from google.protobuf import descriptor_pb2

from edge.envoy.methods import Binding, Method

Field = descriptor_pb2.FieldDescriptorProto
Messages = dict[str, descriptor_pb2.DescriptorProto]

# Whose requests come as forms.
FORMS = "parley.auth.v1.OAuthService"
# Written as JSON in a form of their own, so that their fields are no JSON fields.
WELL_KNOWN = "google.protobuf."
MAGIC = re.compile(r"([-^$()%.\[\]*+?])")


def table_of(
    methods: Iterable[Method], descriptors: descriptor_pb2.FileDescriptorSet
) -> str:
    """Write the table as a Lua expression."""
    messages = messages_of(descriptors)
    known: dict[str, dict[str, str | bool]] = {}
    offered = [
        (method, binding)
        for method in methods
        for binding in method.bindings
        if not binding.is_raw
    ]
    for method, _ in offered:
        add_fields(method.request, messages, known)
    # The first that fits is taken: a path with a verb fits one without it too.
    offered.sort(key=lambda offer: not offer[1].has_verb)
    lines = ["{", "  bindings = {", *starmap(line, offered), "  },", "  messages = {"]
    for name, fields in sorted(known.items()):
        lines.append(f"    [{json.dumps(name)}] = {table(fields)},")
    return "\n".join([*lines, "  },", "}"])


def forms_of(
    methods: Iterable[Method], descriptors: descriptor_pb2.FileDescriptorSet
) -> str:
    """Write, as a Lua expression, where `oauth_forms.lua` takes forms, and of what."""
    messages = messages_of(descriptors)
    forms = (
        f"[{json.dumps(binding.template)}] = "
        + table({field.name: True for field in messages[method.request].field})
        for method in methods
        for binding in method.bindings
        if method.service == FORMS and binding.has_body
    )
    return "{ " + ", ".join(forms) + " }"


def line(method: Method, binding: Binding) -> str:
    """Write one REST form of an RPC; JSON's strings and booleans are Lua's."""
    verb, path, message, body = map(
        json.dumps,
        (binding.verb, pattern(binding), method.request, binding.has_body),
    )
    bound = table(dict.fromkeys(binding.variables, True))
    return (
        f"    {{ verb = {verb}, path = {path}, message = {message},"
        f" body = {body}, bound = {bound} }},"
    )


def table(entries: Mapping[str, str | bool]) -> str:
    """Write a Lua table; a key may be a word of Lua's."""
    listed = [f"[{json.dumps(key)}] = {json.dumps(entries[key])}" for key in entries]
    return "{ " + ", ".join(listed) + " }"


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
        # Its keys are data, so any will do. Teach the Lua side before a request has
        # one of messages, whose fields are none.
        if any(each.type == Field.TYPE_MESSAGE for each in messages[name].field):
            raise ValueError(f"{name}: a map of messages is not supported at the edge")
        return None
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
