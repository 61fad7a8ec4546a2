"""Who breaks the policy is noticed: `make mesh-mutants` tries every place."""

from itertools import islice

import pytest

from tests.mesh.breaking import shipped
from tools.mesh_check.mutation.mutants import Mutant, mutants
from tools.mesh_check.mutation.scoring import score
from tools.mesh_check.official import why_not

EVERY = 40  # one in so many: the whole takes minutes


@pytest.mark.skipif(bool(why_not()), reason=why_not() or "")
def test_one_mistake_in_forty_is_always_noticed() -> None:
    tried = list(islice(mutants(shipped()), 0, None, EVERY))

    found = score(shipped(), tried)

    assert len(tried) > 100
    assert [str(one) for one in found.missed] == []
    assert found.percent >= 95


@pytest.mark.parametrize("file", ["access/deny-by-default", "mtls/only-mutual-tls"])
def test_a_file_that_is_gone_is_noticed_by_the_rule_of_its_name(file: str) -> None:
    [mutant] = [
        one
        for one in mutants(shipped())
        if one.file == f"base/{file}.yaml" and not one.path
    ]

    found = score(shipped(), [mutant])

    assert list(found.noticed.values()) == [file.partition("/")[2]]


def test_a_change_that_nobody_notices_is_told() -> None:
    """A log of another kind, which no rule forbids: this one is made up."""
    harmless = Mutant("base/mtls/only-mutual-tls.yaml", 0, ("metadata", "labels"), {})

    found = score(shipped(), [harmless])

    assert found.missed == [harmless]
    assert found.percent == 0
