"""A file that does not say what it is for is found."""

import pytest

from tests.mesh.breaking import shipped
from tools.mesh_check.checking import check

RULE = "first-paragraph"
FILE = "base/access/edge-may-fetch-web.yaml"  # which no test executes
EXECUTED = "base/mtls/only-mutual-tls.yaml"
BODY = "apiVersion: v1\n"
BROKEN = {
    "says nothing": BODY,
    "does not say what breaks": f"# Only TLS. Proof: `{RULE}`.\n{BODY}",
    "names no proof": f"# Only TLS. Without it, plaintext.\n{BODY}",
    "names a rule that is not there": (
        f"# Only TLS. Without it, plaintext. Proof: `no-such-rule`.\n{BODY}"
    ),
    "names a test that is not there": (
        f"# Only TLS. Without it, plaintext. Proof: tests/mesh/no_such.py.\n{BODY}"
    ),
    "says too much": (
        "# Only TLS.\n" * 20 + f"# Without it, plaintext. Proof: `{RULE}`.\n{BODY}"
    ),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_file_is_found_that(text: str) -> None:
    found = check(shipped().with_text(FILE, text), frozenset())

    assert [one.where for one in found if one.rule == RULE] == [FILE]


def test_a_file_that_the_bench_executes_names_the_test() -> None:
    text = f"# Only TLS. Without it, plaintext. Proof: `{RULE}`.\n{BODY}"

    found = check(shipped().with_text(EXECUTED, text), frozenset())

    assert [one.write for one in found if one.rule == RULE] == [
        "tests/mesh/test_strangers.py"
    ]
