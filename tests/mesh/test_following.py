"""What resources turn into where Istio's source, and not its documentation, says it."""

from collections.abc import Mapping
from typing import Any

import pytest

from deploy.mesh.cluster import Cluster, Instance, Locality, Workload
from deploy.mesh.envoy.clusters import merged, policy_of
from deploy.mesh.envoy.endpoints import Replica, groups
from deploy.mesh.envoy.gateway import common
from deploy.mesh.envoy.peers import mode_of
from deploy.mesh.envoy.pools import bounds
from deploy.mesh.envoy.sidecar import Configuration, sidecar, watched
from deploy.mesh.kinds.destinations import DestinationRule, LocalitySetting, Subset
from deploy.mesh.kinds.peers import PeerAuthentication
from deploy.mesh.printing import example
from deploy.mesh.resources import Document, Mesh, read_mesh
from deploy.mesh.table.signing import Signer
from tests.mesh.editing import Policy, replaced


def of(mesh: Mesh, name: str) -> Configuration:
    """Translate for the sidecar of an instance."""
    cluster: Cluster = example()
    workload, instance = found(cluster, name)
    return sidecar(mesh, cluster, workload, instance, watched)


def found(cluster: Cluster, name: str) -> tuple[Workload, Instance]:
    """Find an instance."""
    return next(each for each in cluster.instances() if each[1].name == name)


def route_action(mesh: Mesh, name: str, port: int) -> Mapping[str, Any]:
    """Return what a sidecar does with what comes to a port of its service."""
    listener = next(
        each for each in of(mesh, name).listeners if each["name"] == f"inbound_{port}"
    )
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    action: Mapping[str, Any] = manager["route_config"]["virtual_hosts"][0]["routes"][0]
    return action["route"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("name", "port"), [("edge", 8080), ("web", 3000), ("chat", 9464)]
)
def test_what_a_service_closed_meanwhile_is_asked_again_but_on_ports_of_grpc(
    name: str, port: int, policy: Mesh, signers: Mapping[str, Signer]
):
    wanted = {"retry_on": "reset-before-request", "num_retries": 2}
    none = Policy(signers, values={"defaultInboundHttpRetryPolicy": {"attempts": 0}})

    assert route_action(policy, name, port)["retry_policy"] == wanted
    assert "retry_policy" not in route_action(none.mesh(), name, port)
    assert "retry_policy" not in route_action(policy, "chat", 50052)


@pytest.mark.parametrize(
    ("name", "hostname", "narrower"),
    [
        ("*", "chat.example.com", "chat.example.com"),
        ("chat.example.com", "*", "chat.example.com"),
        ("chat.example.com", "*.example.com", "chat.example.com"),
        ("*.example.com", "chat.example.com", "chat.example.com"),
        ("*.example.com", "*.com", "*.example.com"),
        ("chat.example.com", "other.example.com", None),
        ("example.com", "*.example.com", None),
    ],
)
def test_a_route_serves_what_is_of_its_names_and_of_its_listeners(
    name: str, hostname: str, narrower: str | None
):
    assert common(name, hostname) == narrower


def test_a_route_without_a_name_serves_its_listeners_name_alone(
    signers: Mapping[str, Signer],
):
    unnamed = {"op": "remove", "path": "/spec/hostnames"}
    mesh = Policy(signers, edits=[("HTTPRoute", "to-the-edge", [unnamed])]).mesh()

    routes = of(mesh, "ingress").routes["gateway|443|https"]

    assert [each["domains"] for each in routes["virtual_hosts"]] == [["localhost"]]


def test_a_policy_of_the_mesh_that_selects_a_workload_says_nothing():
    documents = [
        {
            "apiVersion": "security.istio.io/v1",
            "kind": "PeerAuthentication",
            "metadata": {"name": name, "namespace": namespace},
            "spec": spec,
        }
        for name, namespace, spec in (
            ("all", "istio-system", {"mtls": {"mode": "STRICT"}}),
            (
                "one",
                "istio-system",
                {
                    "selector": {"matchLabels": {"app": "x"}},
                    "mtls": {"mode": "DISABLE"},
                },
            ),
        )
    ]
    mesh = read_mesh([Document("a test", each) for each in documents])

    assert mode_of(mesh.of(PeerAuthentication), 50052) == "STRICT"


def test_what_a_subset_says_of_a_port_replaces_what_it_leaves_out():
    pool = {"connectionPool": {"http": {"http2MaxRequests": 5}}}
    rule = DestinationRule.read(
        "", {"host": "chat", "trafficPolicy": {**pool, "retryBudget": {"percent": 10}}}
    )
    port = {"port": {"number": 50052}, "outlierDetection": {}}
    subset = Subset.read(
        "", {"name": "x", "trafficPolicy": {"portLevelSettings": [port]}}
    )

    policy = policy_of(rule.traffic_policy, 50052)

    assert merged(policy, subset, 50052).connection_pool is None
    assert merged(policy, subset, 50052).retry_budget == policy.retry_budget
    assert merged(policy, subset, 9464).connection_pool == policy.connection_pool


def test_a_retry_budget_holds_beside_a_connection_pool_alone():
    budget = {"retryBudget": {"percent": 10}}
    alone = DestinationRule.read("", {"host": "chat", "trafficPolicy": budget})
    both = DestinationRule.read(
        "", {"host": "chat", "trafficPolicy": {**budget, "connectionPool": {}}}
    )

    assert "retry_budget" not in bounds(alone.traffic_policy)["thresholds"][0]
    assert "retry_budget" in bounds(both.traffic_policy)["thresholds"][0]


def test_where_nobody_says_how_calls_are_shared_out_each_replica_gets_as_many():
    north, south = Locality("north", "a"), Locality("south", "a")
    replicas = [
        Replica(f"127.0.0.1:{number}", {}, north if number < 3 else south)
        for number in range(4)
    ]
    setting = LocalitySetting.read(
        "", {"distribute": [{"from": "west/*", "to": {"north/*": 100}}]}
    )

    shares = groups(replicas, Replica("", {}, south), setting, fails_over=True)

    assert [each["load_balancing_weight"] for each in shares] == [3, 1]


def test_a_redirect_of_calls_to_a_host_outside_is_written(
    signers: Mapping[str, Signer],
):
    redirect = {
        "type": "RequestRedirect",
        "requestRedirect": {"scheme": "https", "statusCode": 308},
    }
    edits = [
        (
            "HTTPRoute",
            "openai-to-the-gateway",
            [replaced("/spec/rules/0/filters", [redirect])],
        )
    ]

    routes = of(Policy(signers, edits=edits).mesh(), "llm").routes

    (host,) = routes["outbound|80||api.openai.com"]["virtual_hosts"]
    assert host["routes"][0]["redirect"]["response_code"] == "PERMANENT_REDIRECT"
