"""Edits that Istio takes, and that would mean something else here: each is refused."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from deploy.mesh.envoy.tokens import place_of
from deploy.mesh.files import private, read_policy, tell_all
from deploy.mesh.kinds.base import Refused
from deploy.mesh.printing import example
from deploy.mesh.table.signing import Signer
from tests.mesh.editing import Policy, replaced

ROUTE = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "another", "namespace": "parley"},
    "spec": {
        "hostnames": ["localhost"],
        "parentRefs": [
            {"name": "ingress", "namespace": "istio-ingress", "sectionName": "https"}
        ],
        "rules": [{"backendRefs": [{"name": "edge", "port": 8080}]}],
    },
}
GATEWAY = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "third", "namespace": "parley"},
    "spec": {
        "gatewayClassName": "istio",
        "listeners": [{"name": "x", "port": 80, "protocol": "HTTP"}],
    },
}


def keys(text: str) -> dict[str, str]:
    """Write a rule with a key set of nobody's that the bench has keys of."""
    return {"issuer": "another", "jwks": text}


LISTENER = "/spec/listeners/0"
USERS, KEYS = "users-need-a-token-at-chat", "/spec/jwtRules/0"
# Each is valid for Istio, and means something that the bench does not do; or is a
# mistake. The kind, the name, what is changed, and what is said of it.
EDITS = [
    ("DestinationRule", "of-chat", "/spec/workloadSelector", {}, "workloadSelector"),
    (
        "DestinationRule",
        "of-chat",
        "/spec/host",
        "*.parley.svc.cluster.local",
        "with *",
    ),
    ("VirtualService", "to-chat", "/spec/hosts/0", "*", "a host with *"),
    ("VirtualService", "to-chat", "/spec/gateways", ["other/gateway"], "gateways[0]"),
    (
        "AuthorizationPolicy",
        "deny-by-default",
        "/metadata/annotations",
        {"istio.io/dry-run": "true"},
        "istio.io/dry-run",
    ),
    (
        "Gateway",
        "ingress",
        "/metadata/annotations",
        {},
        "it runs as ingress-istio",
    ),
    ("Gateway", "ingress", f"{LISTENER}/port", 8443, "port 8443 is none of 443, 80"),
    ("Gateway", "ingress", "/spec/listeners/1/port", 443, "several on port 443"),
    (
        "Gateway",
        "ingress",
        f"{LISTENER}/allowedRoutes/namespaces/selector/matchLabels",
        {"team": "chat"},
        "kubernetes.io/metadata.name",
    ),
    ("RequestAuthentication", USERS, KEYS, keys("soon"), "the key set is empty"),
    ("RequestAuthentication", USERS, KEYS, keys("[1]"), "the key set is empty"),
    (
        "AuthorizationPolicy",
        "edge-may-fetch-web",
        "/spec/rules/0/when",
        [{"key": "request.headers[]", "values": ["x"]}],
        "'request.headers[]'",
    ),
    (
        "HTTPRoute",
        "only-https",
        "/spec/rules/0/filters/0/requestRedirect/statusCode",
        305,
        "statusCode",
    ),
    (
        "HTTPRoute",
        "only-https",
        "/spec/rules",
        [{"matches": [{"method": "GET"}]}, {}],
        "several rules",
    ),
    ("HTTPRoute", "only-https", "/spec/rules/0/matches", [{"path": {}}], "path"),
    ("VirtualService", "to-chat", "/spec", "soon", "valid dictionary"),
    ("VirtualService", "to-chat", "/metadata/labels", "soon", "valid dictionary"),
]


@pytest.mark.parametrize(("kind", "name", "path", "value", "said"), EDITS)
def test_an_edit_that_would_mean_something_else_is_refused(
    kind: str,
    name: str,
    path: str,
    value: Any,
    said: str,
    signers: Mapping[str, Signer],
):
    with pytest.raises(Refused) as refused:
        translated(Policy(signers, edits=[(kind, name, [replaced(path, value)])]))

    assert said in str(refused.value)


def translated(policy: Policy) -> None:
    """Translate a policy for every sidecar, as when it is pushed."""
    with TemporaryDirectory() as name:
        mesh, cluster = policy.mesh(), example()
        for _, instance in cluster.instances():
            private(Path(name) / instance.name)
        tell_all(mesh, cluster, Path(name))


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        (ROUTE, "parley/another and parley/to-the-edge are both for localhost"),
        (GATEWAY, "Gateway parley/third: the bench has no proxy for it"),
    ],
)
def test_a_resource_that_would_have_no_effect_or_no_order_is_refused(
    resource: dict[str, Any], said: str, signers: Mapping[str, Signer]
):
    with pytest.raises(Refused, match=said):
        translated(Policy(signers, beside=[resource]))


def test_a_version_that_nobody_is_of_is_refused(signers: Mapping[str, Signer]):
    with pytest.raises(Refused, match="selects no replica of chat"):
        translated(Policy(signers, components=["canary-chat"]))


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_every_code_of_a_redirect_is_written(code: int, signers: Mapping[str, Signer]):
    path = "/spec/rules/0/filters/0/requestRedirect/statusCode"
    edits = [("HTTPRoute", "only-https", [replaced(path, code)])]

    translated(Policy(signers, edits=edits))


@pytest.mark.parametrize("uri", ["edge/keys", "https://edge:soon/keys"])
def test_keys_at_no_url_are_refused(uri: str):
    with pytest.raises(Refused, match="is no URL"):
        place_of(uri)


@pytest.mark.parametrize("text", ["", "soon", "a: 1\n---\nb: 2\n"])
def test_a_file_of_values_that_is_none_is_refused(text: str, tmp_path: Path):
    (tmp_path / "values.yaml").write_text(text)

    with pytest.raises(Refused, match=r"values\.yaml"):
        read_policy(values=tmp_path / "values.yaml")
