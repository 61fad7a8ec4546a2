"""The configuration is written from flags, and Envoy accepts it."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.api import annotations_pb2
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet, MethodDescriptorProto

from edge.envoy.errors import ERRORS
from edge.envoy.json_fields import pattern, table_of
from edge.envoy.methods import (
    Binding,
    methods_of,
    read_descriptors,
)
from edge.envoy.render import DESCRIPTORS, HERE, Edge, bucket, read_flags, render
from edge.envoy.verify import ENVIRONMENTS, accepted, with_certificate
from parley.access.v1 import access_pb2
from tests.edge.envoy_process import running
from tests.edge.protocols import Clients
from tests.edge.rpcs import CREATE_USER, NEW_USER
from tests.edge.servicers import Script

REASONS = HERE.parents[1] / "proto/parley/error/v1/error_reason.proto"


@pytest.mark.parametrize("per_second", [1, 7, 10, 25, 101, 2_000])
def test_exactly_so_many_calls_are_let_through_in_a_second(per_second: int) -> None:
    said = json.loads(bucket(per_second))

    milliseconds = 1_000 * float(said["fill_interval"].removesuffix("s"))
    assert milliseconds in (100, 200, 500, 1_000)
    assert said["tokens_per_fill"] * 1_000 == per_second * milliseconds
    assert said["max_tokens"] == 2 * per_second


@pytest.mark.parametrize(
    "environment", sorted(path.name for path in ENVIRONMENTS.iterdir())
)
def test_envoy_accepts_every_environment(environment: str) -> None:
    assert accepted(read_flags([f"@{ENVIRONMENTS / environment}"]))


def test_envoy_refuses_what_it_does_not_know(edge: Edge) -> None:
    assert not accepted(replace(edge, auth=("127.0.0.1:99999",)))


def test_flags_are_the_fields_of_the_edge() -> None:
    flags = "--auth a:1 --chat b:2 --llm c:3 d:4 --web e:5 --port 6 --origins f g"

    assert read_flags(flags.split()) == Edge(
        auth=("a:1",),
        chat=("b:2",),
        llm=("c:3", "d:4"),
        web="e:5",
        port=6,
        origins=("f", "g"),
    )


def test_it_is_a_command_that_explains_itself() -> None:
    command = [sys.executable, "-m", "edge.envoy.render", "--help"]

    said = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "--requests-per-second-per-address" in said.stdout


def test_names_are_resolved_and_addresses_are_not(edge: Edge) -> None:
    text = render(replace(edge, llm=("llm.parley:50051",), chat=("[::1]:50052",)))

    assert text.count("type: STRICT_DNS") == 1
    assert '{"address": "::1", "port_value": 50052}' in text


def test_every_part_is_asked_by_its_own_name(edge: Edge) -> None:
    """A sidecar of a mesh finds a service by the name that a call is for."""
    config = yaml.safe_load(render(replace(edge, otlp="collector.far:4317")))

    routes = [route for route in found(config, "route") if "cluster" in route]
    assert {route["cluster"] for route in routes} == {"auth", "chat", "llm", "web"}
    assert all(route.get("auto_host_rewrite") for route in routes)
    assert found(config, "envoy_grpc") == [
        {"cluster_name": "otlp", "authority": "collector.far:4317"}
    ]


def test_no_value_can_break_out_of_its_place(edge: Edge) -> None:
    evil = 'x"\n- {a: b} # %REQ(COOKIE)%'

    assert accepted(replace(edge, issuer=evil, audience=evil, origins=(evil,)))


def test_errors_have_the_codes_that_the_catalogue_says() -> None:
    catalogue = re.findall(
        r"((?:  //.*\n)+)  ERROR_REASON_(\w+) = ", REASONS.read_text()
    )
    codes = {
        reason: found[1]
        for comment, reason in catalogue
        if (found := re.match(r"  // ([A-Z_]+)[:,]", comment))
    }

    assert {error.reason: error.code for error in ERRORS} == {
        error.reason: codes[error.reason] for error in ERRORS
    }


def test_only_what_the_edge_may_call_is_offered() -> None:
    descriptors = read_descriptors(DESCRIPTORS)
    offered = methods_of(descriptors)
    hidden = named(descriptors, "Generate")
    hidden.options.ClearExtension(access_pb2.access)

    left = methods_of(descriptors)

    assert {method.path for method in offered} - {method.path for method in left} == {
        "/parley.llm.v1.GenerationService/Generate"
    }


def test_what_the_edge_may_not_call_is_hidden_whatever_path_it_has() -> None:
    descriptors = read_descriptors(DESCRIPTORS)
    offered = methods_of(descriptors)
    hold = named(descriptors, "CreateHold")
    hold.options.Extensions[annotations_pb2.http].post = "/v1/holds"

    assert methods_of(descriptors) == offered


def test_what_the_edge_may_call_has_to_have_a_path() -> None:
    descriptors = read_descriptors(DESCRIPTORS)
    hold = named(descriptors, "CreateHold")
    hold.options.Extensions[access_pb2.access].callers.append(
        access_pb2.Access.CALLER_EDGE
    )

    with pytest.raises(ValueError, match="CreateHold is offered, and has no REST path"):
        methods_of(descriptors)


def test_a_token_of_a_kind_that_is_not_known_is_needed() -> None:
    descriptors = read_descriptors(DESCRIPTORS)
    access = named(descriptors, "Generate").options.Extensions[access_pb2.access]
    access.token = 7  # type: ignore[assignment]  # of a later version

    (generate,) = (one for one in methods_of(descriptors) if one.name == "Generate")

    assert (generate.needs_token, generate.may_have_token) == (True, False)


def named(descriptors: FileDescriptorSet, name: str) -> MethodDescriptorProto:
    """Find an RPC by its own name."""
    (found,) = (
        method
        for file in descriptors.file
        for service in file.service
        for method in service.method
        if method.name == name
    )
    return found


def test_a_stream_from_the_client_is_offered_when_it_is_listed() -> None:
    descriptors = read_descriptors(DESCRIPTORS)
    offered = {method.path: method for method in methods_of(descriptors)}

    upload = offered["/parley.llm.v1.DocumentService/UploadDocument"]
    assert (upload.uploads, upload.bindings, upload.reads) == (True, (), False)
    method = named(descriptors, "CreateUser")
    method.client_streaming = True
    with pytest.raises(ValueError, match="not streams from the client alone"):
        methods_of(descriptors)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("/users", "/users is not under /v1/"),
        ("/v2/models", "/v2/models is not under /v1/"),
    ],
)
def test_a_path_that_no_token_rule_covers_is_refused(
    template: str, message: str
) -> None:
    descriptors = read_descriptors(DESCRIPTORS)
    method = named(descriptors, "ListModels")
    method.options.Extensions[annotations_pb2.http].get = template

    with pytest.raises(ValueError, match=message):
        methods_of(descriptors)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("/v1/users", "^/v1/users$"),
        ("/v1/{name=users/*}:delete", "^/v1/users/[^/]+:delete$"),
        ("/v1/{name}", "^/v1/[^/]+$"),
        ("/v1/{name=files/**}", "^/v1/files/.+$"),
        ("/.well-known/jwks.json", "^/%.well%-known/jwks%.json$"),
    ],
)
def test_rest_paths_become_lua_patterns(template: str, expected: str) -> None:
    assert pattern(Binding("GET", template, has_body=False)) == expected


def test_a_map_of_messages_is_refused_until_the_walk_knows_them() -> None:
    descriptors = read_descriptors(DESCRIPTORS)
    (turn,) = (
        message
        for file in descriptors.file
        for message in file.message_type
        if message.name == "Turn"
    )
    field = descriptor_pb2.FieldDescriptorProto
    entry = turn.nested_type.add(name="LabelsEntry")
    entry.options.map_entry = True
    entry.field.add(
        name="value", type=field.TYPE_MESSAGE, type_name=".parley.llm.v1.Turn"
    )
    turn.field.add(
        name="labels",
        type=field.TYPE_MESSAGE,
        type_name=".parley.llm.v1.Turn.LabelsEntry",
    )

    with pytest.raises(ValueError, match="a map of messages"):
        table_of(methods_of(descriptors), descriptors)


async def test_the_edge_can_end_tls_itself(
    edge: Edge, script: Script, tmp_path: Path
) -> None:
    secure = with_certificate(replace(edge, tls_certificate="made below"), tmp_path)
    root = (tmp_path / "tls.crt").read_bytes()
    credentials = grpc.ssl_channel_credentials(root)
    async with (
        running(secure, tmp_path) as envoy,
        grpc.aio.secure_channel(f"localhost:{envoy.edge.port}", credentials) as channel,
    ):
        answer = await Clients["grpc"](envoy, channel).call(CREATE_USER, NEW_USER)

    assert answer.code == "OK"
    assert script.last.metadata["x-forwarded-proto"] == "https"


def found(config: object, key: str) -> list[Any]:
    """List what stands under a key, anywhere."""
    if isinstance(config, list):
        return [one for item in config for one in found(item, key)]
    if not isinstance(config, dict):
        return []
    deeper = [one for value in config.values() for one in found(value, key)]
    return ([config[key]] if key in config else []) + deeper
