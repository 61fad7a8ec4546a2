"""A file that belongs to no mesh is found, and a kustomization that does not fit."""

from typing import Any

import jsonpatch
import pytest

from tests.mesh.breaking import set_to, shipped, take
from tools.mesh_check.checking import check


def patching(kind: str, name: str, path: str) -> dict[str, Any]:
    """Let the base change what it holds."""
    return set_to("/patches", [{"path": path, "target": {"kind": kind, "name": name}}])


RULE = "every-file-is-applied"
BASE = "base/kustomization.yaml"
BROKEN = {
    "names no longer a file": take("/resources/0"),
    "names a file that is not there": set_to("/resources/-", "none.yaml"),
    "names a file twice": set_to("/resources/-", "mtls/only-mutual-tls.yaml"),
    "says what is not understood": set_to("/namePrefix", "x-"),
    "patches what is not there": patching("Telemetry", "x", "patch.yaml"),
    "patches with what is no list of operations": patching(
        "PeerAuthentication", ".*", "mtls/only-mutual-tls.yaml"
    ),
}


@pytest.mark.parametrize("operation", BROKEN.values(), ids=BROKEN)
def test_a_kustomization_is_found_that(operation: dict[str, object]) -> None:
    said = shipped().with_text(BASE, shipped().texts[BASE]).documents[BASE]
    broken = jsonpatch.apply_patch(said[0], [operation])

    changed = shipped().with_documents("base/patch.yaml", [[]])
    found = check(changed.with_documents(BASE, [broken]))

    assert RULE in {one.rule for one in found}


def test_a_patch_that_no_longer_fits_is_found() -> None:
    file = "components/canary-chat/one-call-in-twenty.yaml"
    renamed = shipped().texts[file].replace("value: replies", "value: answers")

    found = check(shipped().with_text(file, renamed))

    assert [one.wrong for one in found if one.rule == RULE] == [
        f"{file}: does not fit VirtualService to-chat: replies "
        "(<class 'str'>) is not equal to tested value answers (<class 'str'>)"
    ]
