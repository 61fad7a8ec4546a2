"""What no source may do that runs in production, and where the exceptions stand."""

import ast
import re
import subprocess

import pytest

from tests.sources import ROOT, calling, calls, dotted, importing, sources

SHELLS = {
    *("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
    "asyncio.create_subprocess_shell",
}
EVALUATING = {"eval", "exec", "compile", "builtins.eval", "builtins.exec"}
TEMPLATES = {"jinja2", "mako", "chevron", "pystache", "tornado", "django"}
FORMATTING = {"msgspec.json.format"}  # lays JSON out
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


@pytest.mark.asvs("1.3.7", "1.3.10")
def test_nothing_is_a_format_or_a_template_but_what_stands_in_the_sources():
    formats = {
        name
        for name, what, node in calls()
        if (isinstance(node.func, ast.Attribute) and is_format(node.func))
        or what.rpartition(".")[2] == "Template"
    }

    # The texts of mails stand beside it; the other writes Envoy's configuration.
    assert formats == {"services/auth/mail/composing.py"}
    assert importing(TEMPLATES) == {"edge/envoy/render.py"}


def is_format(called: ast.Attribute) -> bool:
    """Tell whether what is filled in is neither a literal nor a constant."""
    holder = called.value
    stands = isinstance(holder, ast.Constant) or dotted(holder).isupper()
    return (
        called.attr in ("format", "format_map")
        and not stands
        and dotted(called) not in FORMATTING
    )


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


def test_nothing_is_sent_as_a_file():
    """Or else ASVS 5.4.1 would apply."""
    said = [
        name
        for name, tree in sources().items()
        if "content-disposition" in ast.unparse(tree).lower()
    ]

    assert said == []


def test_no_directory_is_asked_and_no_code_goes_by_telephone():
    """Or else ASVS 1.2.6, 1.3.9, 6.6.1 and 6.8.3 would apply."""
    others = {"ldap", "ldap3", "pymemcache", "aiomcache", "saml2", "onelogin"}

    assert importing({*others, "twilio", "vonage"}) == set()


@pytest.mark.asvs("3.2.2", "1.3.2")
def test_no_page_makes_markup_or_code_of_a_text():
    sinks = re.compile(
        r"dangerouslySetInnerHTML|\b(?:innerHTML|outerHTML|insertAdjacentHTML)\b"
        r"|document\.write\b|\beval\(|\bnew Function\("
    )
    pages = [
        file
        for file in sorted((ROOT / "web/src").rglob("*.ts*"))
        if ".test." not in file.name and "gen" not in file.parts
    ]

    assert len(pages) > 200
    assert [str(file) for file in pages if sinks.search(file.read_text())] == []


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
