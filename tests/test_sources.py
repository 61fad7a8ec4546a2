"""What no source may do that runs in production, and where the exceptions stand."""

import ast
import re
import subprocess

import pytest

from tests.sources import ROOT, calling, calls, importing, sources

SHELLS = {
    *("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
    "asyncio.create_subprocess_shell",
}
EVALUATING = {"eval", "exec", "compile", "builtins.eval", "builtins.exec"}
UNSAFE_FORMATS = {"pickle", "cPickle", "dill", "marshal", "shelve", "jsonpickle"}
UNSAFE_YAML = {"yaml.unsafe_load", "yaml.full_load", "yaml.load_all"}
MEMORY = {"ctypes", "cffi", "mmap"}
# The child that reads files binds itself with two calls of the kernel.
TOUCHES_MEMORY = {"services/llm/documents/reading/confinement.py"}
SECRETS = re.compile(
    r"-----BEGIN (?:EC |RSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}"
    r"|\bsk-(?:ant-)?[A-Za-z0-9_-]{32,}|\bAKIA[A-Z0-9]{16}\b|\bghp_[A-Za-z0-9]{36}\b"
)


def test_there_are_sources():
    assert len(sources()) > 200
    assert len(list(calls())) > 5_000


@pytest.mark.asvs("1.2.5")
def test_no_program_is_started_through_a_shell():
    shells = {
        f"{name}:{node.lineno}"
        for name, _, node in calls()
        if any(keyword.arg == "shell" for keyword in node.keywords)
    }

    assert calling(SHELLS) | shells == set()


@pytest.mark.asvs("1.3.2")
def test_no_text_is_run_as_code():
    assert calling(EVALUATING) == set()


@pytest.mark.asvs("1.5.2")
def test_nothing_is_read_that_can_make_objects_of_its_own():
    loads = {
        f"{name}:{node.lineno}"
        for name, what, node in calls()
        if what == "yaml.load" and "SafeLoader" not in ast.unparse(node)
    }

    assert importing(UNSAFE_FORMATS) == set()
    assert calling(UNSAFE_YAML) | loads == set()


@pytest.mark.asvs("1.4.1")
def test_no_memory_is_touched_past_python():
    assert importing(MEMORY) == TOUCHES_MEMORY


def test_xml_is_not_asked_by_xpath():
    """Or else ASVS 1.2.7 would apply."""
    assert not [name for name, what, _ in calls() if what.endswith(".xpath")]


@pytest.mark.asvs("13.4.2")
def test_nothing_runs_for_debugging():
    debugging = {
        f"{name}:{node.lineno}"
        for name, what, node in calls()
        if what.endswith("set_debug")
        or any(keyword.arg in ("debug", "reload") for keyword in node.keywords)
    }
    deployed = "\n".join(
        file.read_text()
        for folder in ("deploy/kubernetes", "deploy/compose", "deploy/images")
        for file in sorted((ROOT / folder).rglob("*"))
        if file.suffix in (".yaml", ".Dockerfile", ".flags", ".sh")
    )

    assert debugging == set()
    assert "output: 'export'" in (ROOT / "web/next.config.ts").read_text()
    for switch in ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "NODE_ENV: dev", "next dev"):
        assert switch not in deployed
    assert not re.search(r"log-level[ =](debug|trace)", deployed)


@pytest.mark.asvs("13.3.1")
def test_no_secret_is_kept_with_the_sources():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    found = [
        name
        for name in listed
        if not name.startswith(("tests/", "web/src/gen/", "gen/"))
        and (file := ROOT / name).is_file()
        and SECRETS.search(file.read_text(errors="ignore"))
    ]

    assert found == []
