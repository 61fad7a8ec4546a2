"""What is shipped is found to be right, by every rule and by kustomize itself."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.mesh.breaking import shipped
from tools.mesh_check.checking import check, rules
from tools.mesh_check.folder import ROOT
from tools.mesh_check.mesh import meshes
from tools.mesh_check.official import go, official, why_not

needs_go = pytest.mark.skipif(bool(why_not()), reason=why_not() or "")


def test_no_rule_finds_anything() -> None:
    assert [str(found) for found in check(shipped())] == []


def test_every_rule_has_a_test_of_its_own() -> None:
    of_mesh, of_files = rules()

    for name in [*of_mesh, *of_files]:
        file = f"test_check_{name.replace('-', '_')}.py"
        assert (ROOT / "tests/mesh" / file).exists(), f"{name} has no {file}"


def test_every_rule_is_named_by_a_file_that_it_proves() -> None:
    text = "\n".join(shipped().texts.values())

    of_mesh, of_files = rules()
    # It is about the Services of deploy/kubernetes.
    about_others = {"services-speak-http2", "first-paragraph"}
    for name in {*of_mesh, *of_files} - about_others:
        assert f"`{name}`" in text, f"no file names {name} as its proof"


def test_the_command_lists_what_it_looks_for() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "tools.mesh_check", "--rules"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "exactly-the-callers" in said.stdout


@needs_go
@pytest.mark.timeout(600)
def test_kustomize_makes_of_it_what_we_think() -> None:
    done = go("run", ".", "--print", "..")
    assert done.returncode == 0, done.stderr
    built: dict[str, list[Any]] = json.loads(done.stdout)

    for mesh in meshes(shipped()):
        assert by_key(built[mesh.name]) == by_key(
            [resource.document for resource in mesh.resources]
        )


def test_a_machine_without_go_is_told_what_was_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    why_not.cache_clear()
    monkeypatch.setenv("PATH", "")
    try:
        asked = official()
    finally:
        why_not.cache_clear()

    assert "were not asked: there is no `go` on the PATH" in asked.text
    assert not asked.failed


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["--official"], 1)])
def test_a_check_without_the_schemas_is_no_success_where_they_are_meant(
    arguments: list[str], code: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.mesh_check", *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code
    assert "schemas were not asked" in done.stdout.splitlines()[-1]


@needs_go
@pytest.mark.timeout(600)
def test_istios_own_schemas_are_asked() -> None:
    """And they refuse what an API server refuses: `main_test.go`."""
    done = go("test", "./...")

    assert done.returncode == 0, done.stdout + done.stderr


def by_key(documents: list[Any]) -> dict[tuple[str, ...], Any]:
    """Sort resources by what they are called."""
    return {
        (
            found["kind"],
            found["metadata"].get("namespace", ""),
            found["metadata"]["name"],
        ): found
        for found in documents
    }
