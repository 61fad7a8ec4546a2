"""Who breaks the policy is noticed: `make mesh-mutants` tries every place."""

import subprocess
import sys
from functools import cache
from itertools import islice, zip_longest

import pytest

from tests.mesh.breaking import shipped
from tools.mesh_check.mutation.__main__ import KINDS
from tools.mesh_check.mutation.additions import additions
from tools.mesh_check.mutation.mutants import Mutant, mutants
from tools.mesh_check.mutation.published import changes
from tools.mesh_check.mutation.scoring import noticed_by, score
from tools.mesh_check.official import why_not
from tools.mesh_check.rules.first_paragraph import named_rules

EVERY = 30  # one in so many: the whole takes minutes
A_TENTH = 0.1
FIRST = 7  # of those: an even number would meet few kinds of places
needs_go = pytest.mark.skipif(bool(why_not()), reason=why_not() or "")


@needs_go
@pytest.mark.parametrize("kind", [mutants, additions], ids=["taken", "added"])
def test_one_mistake_in_thirty_is_always_noticed(kind) -> None:
    tried = list(islice(kind(shipped()), FIRST, None, EVERY))

    found = score(shipped(), tried)

    assert len(tried) > 80
    assert [str(one) for one in found.missed] == []
    assert found.percent >= 95


def test_asked_for_help_it_helps_and_breaks_nothing() -> None:
    command = [sys.executable, "-m", "tools.mesh_check.mutation", "--help"]

    said = subprocess.run(command, capture_output=True, text=True, timeout=20)

    assert said.returncode == 0, said.stderr
    assert {"--all", "--write"} < {*said.stdout.split()}


@pytest.mark.parametrize("file", ["access/deny-by-default", "mtls/only-mutual-tls"])
def test_a_file_that_is_gone_is_noticed_by_the_rule_of_its_name(file: str) -> None:
    [mutant] = [
        one
        for one in mutants(shipped())
        if one.file == f"base/{file}.yaml" and not one.path
    ]

    found = score(shipped(), [mutant])

    assert list(found.noticed.values()) == [file.partition("/")[2]]


@needs_go
@pytest.mark.parametrize("file", shipped().texts)
def test_each_rule_that_a_file_names_as_its_proof_notices_a_mistake_in_it(
    file: str,
) -> None:
    unproven = named_rules(shipped().texts[file])
    for mutant in by_file()[file]:
        if not unproven:
            break
        here = frozenset({mutant.mesh})
        unproven -= set(noticed_by(mutant.applied(shipped()), here))

    assert unproven == set()


@cache
def by_file() -> dict[str, list[Mutant]]:
    """Sort all mistakes by their file, one of each kind in turn."""
    found: dict[str, list[list[Mutant]]] = {}
    for kind, some in enumerate((mutants(shipped()), additions(shipped()))):
        for mutant in some:
            found.setdefault(mutant.file, [[], []])[kind].append(mutant)
    return {
        file: [one for both in zip_longest(*kinds) for one in both if one]
        for file, kinds in found.items()
    }


@needs_go
def test_the_score_that_is_published_is_not_old() -> None:
    now = {what: len(list(kind(shipped()))) for what, kind in KINDS.items()}

    assert changes() == {
        what: pytest.approx(count, rel=A_TENTH) for what, count in now.items()
    }


def test_a_change_that_nobody_notices_is_told() -> None:
    """Labels for people, which no rule forbids: this one is made up."""
    harmless = Mutant("base/mtls/only-mutual-tls.yaml", 0, ("metadata", "labels"), {})

    found = score(shipped(), [harmless])

    assert found.missed == [harmless]
    assert found.percent == 0


def test_a_rule_that_cannot_read_a_resource_has_noticed_nothing() -> None:
    """A schema has: a port without a number."""
    path = ("spec", "http", 0, "route", 0, "destination", "port")
    unreadable = Mutant("base/traffic/to-auth.yaml", 0, path, "none")

    found = noticed_by(unreadable.applied(shipped()), frozenset({"base"}))

    assert "hosts-exist" not in found


@pytest.mark.parametrize("name", ["edge-may-call-auth", "metrics-by-method-of-chat"])
def test_a_name_that_a_patch_lists_is_no_name_to_which_nothing_refers(
    name: str,
) -> None:
    [renamed] = [
        one
        for one in mutants(shipped())
        if one.path == ("metadata", "name") and one.value == f"{name}x"
    ]

    assert score(shipped(), [renamed]).noticed
