"""What `make mesh-test` says of an edit: what it changes, and for whom."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.local.state import ROOT
from deploy.mesh.files import POLICY
from deploy.mesh.resources import Mesh
from deploy.mesh.rpcs import rpcs
from deploy.mesh.table.__main__ import (
    DOCUMENT,
    calling,
    main,
    named,
    policy_at,
    say_changes,
)
from deploy.mesh.table.calls import Found
from deploy.mesh.table.comparing import changes, differing, disagreements
from deploy.mesh.table.signing import Signer
from tests.mesh.editing import Operation, Policy, replaced

NOWHERE = {"host": "web.parley.svc.cluster.local", "port": {"number": 9}}
FAULT = {"abort": {"grpcStatus": "INTERNAL", "percentage": {"value": 100}}}
# What is edited, and a line of what is said of it.
EDITS: Mapping[str, tuple[str, str, Sequence[Operation], str]] = {
    "plaintext is let in": (
        "PeerAuthentication",
        "only-mutual-tls",
        [replaced("/spec/mtls/mode", "PERMISSIVE")],
        "anybody without TLS → chat, /parley.chat.v1.UsageService/GetUsage, "
        "without a token: was unreached, is denied",
    ),
    "mutual TLS is not taken": (
        "PeerAuthentication",
        "only-mutual-tls",
        [replaced("/spec/mtls/mode", "DISABLE")],
        "edge → chat, /parley.chat.v1.UsageService/GetUsage, with a user's token: "
        "was allowed, is unreached",
    ),
    "nobody has the keys of tokens": (
        "AuthorizationPolicy",
        "edge-may-call-auth",
        [replaced("/spec/rules", [])],
        "edge → auth, /parley.auth.v1.AccountService/GetUser, with a user's token: "
        "was allowed, is unauthenticated",
    ),
    "everybody leaves through the gateway": (
        "AuthorizationPolicy",
        "llm-may-call-openai",
        [{"op": "remove", "path": "/spec/rules/0/from"}],
        "web → egress, GET https://api.openai.com/, without a token: "
        "was denied, is allowed",
    ),
    "a route leads nowhere": (
        "VirtualService",
        "to-llm",
        [replaced("/spec/http/0/route/0/destination", NOWHERE)],
        "chat, by its sidecar → llm, /parley.llm.v1.GenerationService/Generate, "
        "with chat's token: was allowed, is unreached",
    ),
    "a sidecar does not see whom it calls": (
        "Sidecar",
        "chat-sees-whom-it-calls",
        [replaced("/spec/egress", [{"hosts": ["~/*"]}])],
        "chat, by its sidecar → llm, /parley.llm.v1.GenerationService/ListModels, "
        "with chat's token: was allowed, is unreached",
    ),
    "a client's TLS is another": (
        "DestinationRule",
        "of-llm",
        [replaced("/spec/trafficPolicy/tls/mode", "DISABLE")],
        "chat, by its sidecar → llm, /parley.llm.v1.GenerationService/ListModels, "
        "with chat's token: was allowed, is unreached",
    ),
    "calls are answered with an error": (
        "VirtualService",
        "to-auth",
        [replaced("/spec/http/0/fault", FAULT)],
        "edge, by its sidecar → auth, /parley.auth.v1.AccountService/GetUser, "
        "with a user's token: was allowed, is failed",
    ),
    "another name comes in": (
        "HTTPRoute",
        "to-the-edge",
        [replaced("/spec/parentRefs/0/sectionName", "http")],
        "a browser → ingress, GET https://localhost/, without a token: "
        "was allowed, is unknown",
    ),
}


@pytest.fixture(scope="module")
async def found(policy: Mesh, signers: Mapping[str, Signer]) -> Found:
    """What is found of the policy as it is."""
    return await calling(policy, signers)


async def test_the_policy_says_what_the_protos_say(found: Found):
    assert disagreements(found, list(rpcs().values())) == []


@pytest.mark.parametrize("what", EDITS)
async def test_what_an_edit_changes_is_said(
    what: str, found: Found, signers: Mapping[str, Signer]
):
    kind, name, operations, line = EDITS[what]
    edited = Policy(signers, edits=[(kind, name, operations)]).mesh()

    after = await calling(edited, signers)

    assert line in [str(each) for each in changes(found, after)]


def test_what_the_table_does_not_see_is_named(
    written: Policy, signers: Mapping[str, Signer], capsys: pytest.CaptureFixture[str]
):
    later = replaced("/spec/http/0/timeout", "1s")
    edited = Policy(signers, edits=[("VirtualService", "to-llm", [later])])

    say_changes([], differing(written.mesh(), edited.mesh()), "HEAD")

    said = capsys.readouterr().out
    assert "VirtualService parley/to-llm" in said
    assert "how long a call may" in said


def test_a_commit_that_there_is_not_is_refused():
    with pytest.raises(SystemExit, match="there is no commit 'HEAAD'"):
        named("HEAAD")


def test_a_folder_is_compared_with_itself(tmp_path: Path):
    head = named("HEAD")
    canary = ROOT / "deploy/istio/overlays/canary"

    default, other = policy_at(head, POLICY, {}), policy_at(head, canary, {})

    assert default
    assert other
    assert differing(default, other)
    assert policy_at(head, ROOT / "deploy/none", {}) is None
    assert policy_at(head, tmp_path, {}) is None


def test_a_policy_that_is_refused_when_it_is_translated_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\n"
        "kind: Kustomization\n"
        f"resources: [{POLICY}]\n"
        "patches: [{target: {kind: Gateway, name: ingress}, path: port.yaml}]\n"
    )
    (tmp_path / "port.yaml").write_text(
        "[{op: replace, path: /spec/listeners/0/port, value: 8443}]"
    )
    monkeypatch.setattr(sys, "argv", ["mesh-test", "--policy", str(tmp_path)])

    with pytest.raises(SystemExit, match="port 8443 is none of"):
        main()


def test_another_policy_leaves_the_document_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    before = DOCUMENT.read_text()
    other = ROOT / "deploy/istio/overlays/canary"
    monkeypatch.setattr(sys, "argv", ["mesh-test", "--policy", str(other)])

    with suppress(SystemExit):  # whatever it finds
        main()

    assert "kinds of calls made" in capsys.readouterr().out
    assert DOCUMENT.read_text() == before
