"""What the bench does not implement, it refuses by name."""

from pathlib import Path
from typing import Any

import pytest

from deploy.mesh.envoy.authorization import rbac_filters
from deploy.mesh.envoy.tokens import jwt_filters
from deploy.mesh.files import POLICY, applied, read_policy
from deploy.mesh.kinds.authorization import AuthorizationPolicy
from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.tokens import RequestAuthentication
from deploy.mesh.resources import Document, read_mesh

SERVICE = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "VirtualService",
    "metadata": {"name": "to-chat", "namespace": "parley"},
}
RULE = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "DestinationRule",
    "metadata": {"name": "of-chat", "namespace": "parley"},
}
ACCESS = {
    "apiVersion": "security.istio.io/v1",
    "kind": "AuthorizationPolicy",
    "metadata": {"name": "who", "namespace": "parley"},
}
ELSEWHERE = {"destination": {"host": "chat"}}


@pytest.mark.parametrize(
    ("resource", "spec", "named"),
    [
        (SERVICE, {"hosts": ["chat"], "tcp": []}, "spec.tcp"),
        (
            SERVICE,
            {"hosts": ["chat"], "http": [{"route": [ELSEWHERE], "corsPolicy": {}}]},
            "spec.http[0].corsPolicy",
        ),
        (
            SERVICE,
            {"hosts": ["chat"], "http": [{"match": [{"uri": {"suffix": "x"}}]}]},
            "spec.http[0].match[0].uri.suffix",
        ),
        (
            RULE,
            {"host": "chat", "trafficPolicy": {"loadBalancer": {"warmup": {}}}},
            "spec.trafficPolicy.loadBalancer.warmup",
        ),
        (
            RULE,
            {
                "host": "chat",
                "trafficPolicy": {"loadBalancer": {"simple": "PASSTHROUGH"}},
            },
            "spec.trafficPolicy.loadBalancer.simple",
        ),
        (ACCESS, {"action": "CUSTOM"}, "spec.action"),
        (
            ACCESS,
            {"rules": [{"from": [{"source": {"ipBlocks": ["10.0.0.0/8"]}}]}]},
            "spec.rules[0].from[0].source.ipBlocks",
        ),
        (RULE, {"host": "chat", "trafficPolicy": {"tls": {"mode": "MUTUAL"}}}, "mode"),
        (SERVICE, {"hosts": ["chat"], "http": [{"timeout": "soon"}]}, "timeout"),
    ],
)
def test_a_field_or_value_that_is_not_implemented_is_named(
    resource: dict[str, Any], spec: dict[str, Any], named: str
):
    document = Document("file.yaml", {**resource, "spec": spec})

    with pytest.raises(Refused) as refused:
        read_mesh([document])

    name = f"{resource['kind']} parley/{resource['metadata']['name']}"
    assert f"file.yaml: {name}: " in str(refused.value)
    assert named in str(refused.value)


def test_a_kind_that_is_not_implemented_is_named():
    written = {"apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter"}

    with pytest.raises(Refused, match=r"the kind networking\.istio\.io/EnvoyFilter"):
        read_mesh([Document("file.yaml", written)])


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"when": [{"key": "source.ip", "values": ["10.0.0.1"]}]}, "'source.ip'"),
        ({"to": [{"operation": {"paths": ["/{*}/x"]}}]}, "templates of paths"),
        ({"from": [{"source": {"requestPrincipals": ["who"]}}]}, "'who'"),
    ],
)
def test_a_rule_that_is_not_implemented_is_named_with_its_policy(
    rule: dict[str, Any], named: str
):
    document = Document("file.yaml", {**ACCESS, "spec": {"rules": [{}, rule]}})
    policies: Any = read_mesh([document]).of(AuthorizationPolicy)

    with pytest.raises(Refused) as refused:
        rbac_filters(policies, 50052)

    assert "AuthorizationPolicy parley/who: spec.rules[1]: " in str(refused.value)
    assert named in str(refused.value)


def test_an_empty_key_set_is_refused_because_envoy_would_refuse_the_listener():
    policies: Any = read_mesh(
        [
            Document(
                "file.yaml",
                {
                    "apiVersion": "security.istio.io/v1",
                    "kind": "RequestAuthentication",
                    "metadata": {"name": "who", "namespace": "parley"},
                    "spec": {"jwtRules": [{"issuer": "x", "jwks": '{"keys": []}'}]},
                },
            )
        ]
    ).of(RequestAuthentication)

    with pytest.raises(Refused, match="the key set is empty"):
        jwt_filters(policies, fetching=True)


def test_everything_that_is_wrong_is_said_at_once():
    documents = [
        Document(f"{number}.yaml", {**ACCESS, "spec": {"action": "CUSTOM"}})
        for number in range(3)
    ]

    with pytest.raises(Refused) as refused:
        read_mesh(documents)

    assert len(str(refused.value).splitlines()) == 3


def test_a_field_of_the_whole_mesh_that_is_not_implemented_is_named(tmp_path: Path):
    values = tmp_path / "values.yaml"
    values.write_text("meshConfig: {trustDomainAliases: [other]}")

    with pytest.raises(Refused, match=r"meshConfig\.trustDomainAliases"):
        read_policy(values=values)


@pytest.mark.parametrize(
    "overlay", ["example", "canary", "game-day", "../base", "../../mesh/policy"]
)
def test_every_overlay_with_sidecars_is_read(overlay: str):
    folder = POLICY.parents[1] / "istio/overlays" / overlay

    assert read_policy(folder).resources


def test_the_overlay_without_sidecars_is_refused():
    with pytest.raises(Refused, match="gatewayClassName"):
        read_policy(POLICY.parents[1] / "istio/overlays/ambient")


def test_a_patch_that_changes_nothing_is_a_mistake(tmp_path: Path):
    (tmp_path / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\n"
        "kind: Kustomization\n"
        "patches:\n"
        "- {target: {kind: Gateway, name: nobody}, path: patch.yaml}\n"
    )
    (tmp_path / "patch.yaml").write_text("[{op: add, path: /spec/x, value: 1}]")

    with pytest.raises(Refused, match="there is no Gateway nobody"):
        applied(tmp_path)


def test_a_field_of_kustomize_that_is_not_implemented_is_named(tmp_path: Path):
    (tmp_path / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\n"
        "kind: Kustomization\n"
        "namePrefix: x\n"
    )

    with pytest.raises(Refused, match="namePrefix"):
        applied(tmp_path)
