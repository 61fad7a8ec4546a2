"""What the edge offers: RPCs that it may call, as the protos say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pb2

from parley.access.v1 import access_pb2

EDGE = access_pb2.Access.CALLER_EDGE
# Streams from the client, which JSON has no form for: offered to gRPC alone.
GRPC_ONLY = frozenset({"/parley.llm.v1.DocumentService/UploadDocument"})
# Takes a recording: it is larger than other requests, and takes longer to write down.
LARGE = frozenset({"/parley.llm.v1.SpeechService/TranscribeSpeech"})
# Where the API lives; every other path is the web app's.
GRPC_PREFIX = "/parley."
REST_PREFIX = "/v1/"
# Where identity providers provision users and groups: SCIM's JSON, which is no proto's.
SCIM_PREFIX = "/scim/v2/"
TOKEN_PREFIXES = (REST_PREFIX, SCIM_PREFIX)
API_PREFIXES = (GRPC_PREFIX, *TOKEN_PREFIXES)

VERBS = ("get", "put", "post", "delete", "patch")
VARIABLE = re.compile(r"\{([^}=]+)(?:=([^}]+))?\}")


@dataclass(frozen=True, slots=True)
class Binding:
    """One REST form of an RPC (`google.api.http`)."""

    verb: str
    template: str
    has_body: bool

    @property
    def wildcards(self) -> str:
        """The path with `*` for each variable segment."""
        return VARIABLE.sub(lambda found: found[2] or "*", self.template)

    @property
    def has_verb(self) -> bool:
        """Whether the path ends in a verb of its own, as in `messages/*:resume`."""
        return ":" in self.wildcards

    @property
    def is_raw(self) -> bool:
        """Whether what comes and goes is JSON of its own (`google.api.HttpBody`)."""
        return self.template.startswith(SCIM_PREFIX)

    @property
    def variables(self) -> list[str]:
        """The fields that the path gives."""
        return [found[1] for found in VARIABLE.finditer(self.template)]


@dataclass(frozen=True, slots=True)
class Method:
    """One RPC of the API."""

    service: str
    name: str
    request: str
    streams: bool
    uploads: bool
    harmless: bool  # its proto says so
    token: access_pb2.Access.Token.ValueType
    bindings: tuple[Binding, ...]

    @property
    def path(self) -> str:
        """Where gRPC calls it."""
        return f"/{self.service}/{self.name}"

    @property
    def part(self) -> str:
        """The part of Parley that serves it, as its package says."""
        return self.service.split(".")[1]

    @property
    def needs_token(self) -> bool:
        """Whether the edge asks for an access token."""
        return needs_token(self.token)

    @property
    def is_large(self) -> bool:
        """Whether its requests may be larger than others, and take longer."""
        return self.path in LARGE

    @property
    def may_have_token(self) -> bool:
        """Whether the edge checks an access token that it does not ask for."""
        return self.token == access_pb2.Access.TOKEN_OPTIONAL

    @property
    def reads(self) -> bool:
        """
        Whether it changes nothing, so that it may be asked twice.

        REST says GET, or the proto that what is asked is for no URL, and harmless.
        """
        verbs = {binding.verb for binding in self.bindings}
        return self.harmless or verbs == {"GET"}


def is_harmless(method: descriptor_pb2.MethodDescriptorProto) -> bool:
    """Tell whether a proto says that a method changes nothing."""
    harmless = descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS
    return method.options.idempotency_level == harmless


def needs_token(token: access_pb2.Access.Token.ValueType) -> bool:
    """Tell whether a method needs a token: also if it says what is not known here."""
    return token not in (
        access_pb2.Access.TOKEN_NONE,
        access_pb2.Access.TOKEN_OPTIONAL,
    )


def read_descriptors(path: Path) -> descriptor_pb2.FileDescriptorSet:
    """Read the descriptor set that `make generate` writes."""
    return descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes())


def methods_of(descriptors: descriptor_pb2.FileDescriptorSet) -> list[Method]:
    """List the RPCs that are offered, or raise ValueError for one out of place."""
    methods = [
        Method(
            service=f"{file.package}.{service.name}",
            name=method.name,
            request=method.input_type.removeprefix("."),
            streams=method.server_streaming,
            uploads=method.client_streaming,
            harmless=is_harmless(method),
            token=method.options.Extensions[access_pb2.access].token,
            bindings=tuple(bindings(method.options.Extensions[annotations_pb2.http])),
        )
        for file in descriptors.file
        for service in file.service
        for method in service.method
        if EDGE in method.options.Extensions[access_pb2.access].callers
    ]
    for method in methods:
        check(method)
    if unknown := LARGE - {method.path for method in methods}:
        raise ValueError(f"listed here, but is no method: {sorted(unknown)}")
    if {method.path for method in methods if method.uploads} != GRPC_ONLY:
        raise ValueError(f"not streams from the client alone: {sorted(GRPC_ONLY)}")
    return methods


def bindings(rule: http_pb2.HttpRule) -> Iterator[Binding]:
    """List the REST forms that one annotation gives."""
    if not rule.ListFields():
        return
    verb = next(verb for verb in VERBS if getattr(rule, verb))
    if rule.body not in ("", "*") and not rule.response_body:
        raise ValueError(f'{getattr(rule, verb)}: the body must be "*", or none')
    yield Binding(verb.upper(), getattr(rule, verb), bool(rule.body))
    for additional in rule.additional_bindings:
        yield from bindings(additional)


def check(method: Method) -> None:
    """Refuse what has no path, or one that the access token's rule would not cover."""
    if not method.bindings and method.path not in GRPC_ONLY:
        raise ValueError(f"{method.path} is offered, and has no REST path")
    if not method.path.startswith(GRPC_PREFIX):
        raise ValueError(f"{method.path} is not under {GRPC_PREFIX}")
    for binding in method.bindings:
        if method.needs_token and not binding.template.startswith(TOKEN_PREFIXES):
            raise ValueError(f"{binding.template} is not under {REST_PREFIX}")
        if not method.needs_token and "{" in binding.template:
            raise ValueError(f"{binding.template} needs no token, so must be one path")
        if method.is_large and "{" in binding.template:
            raise ValueError(f"{binding.template} is large, so must be one path")
