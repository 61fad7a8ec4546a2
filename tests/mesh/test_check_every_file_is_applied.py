"""A file that belongs to no mesh is found, and a kustomization that does not fit."""

import pytest

from tests.mesh.breaking import set_to, shipped, take
from tools.mesh_check.checking import check
from tools.mesh_check.kustomize import apply

RULE = "every-file-is-applied"
BASE = "base/kustomization.yaml"
BROKEN = {
    "names no longer a file": take("/resources/0"),
    "names a file that is not there": set_to("/resources/-", "none.yaml"),
    "names a file twice": set_to("/resources/-", "mtls/only-mutual-tls.yaml"),
    "says what is not understood": set_to("/namePrefix", "x-"),
    "patches what is not there": set_to(
        "/patches", [{"path": "mtls/only-mutual-tls.yaml", "target": {"name": "x"}}]
    ),
}


@pytest.mark.parametrize("operation", BROKEN.values(), ids=BROKEN)
def test_a_kustomization_is_found_that(operation: dict[str, object]) -> None:
    said = shipped().with_text(BASE, shipped().texts[BASE]).documents[BASE]
    apply(said[0], operation)

    found = check(shipped().with_documents(BASE, said))

    assert RULE in {one.rule for one in found}


def test_a_patch_that_no_longer_fits_is_found() -> None:
    file = "components/canary-chat/one-call-in-twenty.yaml"
    renamed = shipped().texts[file].replace("value: replies", "value: answers")

    found = check(shipped().with_text(file, renamed))

    assert [one.wrong for one in found if one.rule == RULE] == [
        f"{file}: does not fit VirtualService parley/to-chat: "
        "/spec/http/0/name is 'replies'"
    ]
