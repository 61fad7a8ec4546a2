"""What no source may do that runs in production, and where the exceptions stand."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUNNING = ("services", "edge", "clients/python")
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
BROKEN_HASHES = {
    *("hashlib.md5", "hashlib.sha1", "hashes.MD5", "hashes.SHA1"),
    *("hashlib.new", "hashlib.file_digest"),
}
BROKEN_MODES = {"modes.ECB", "modes.CBC", "modes.OFB", "modes.CFB", "modes.CTR"}
# Industry's implementations; who brings another adds it here, and says why.
CRYPTOGRAPHY = {"argon2", "cryptography", "hashlib", "hmac", "jwt", "secrets"}
OTHER_CRYPTOGRAPHY = {
    *("Crypto", "Cryptodome", "ecdsa", "gnupg", "nacl", "pyaes", "pyDes", "rsa"),
    *("bcrypt", "crypt", "jose", "passlib"),
}
CIPHERS = "cryptography.hazmat.primitives.ciphers"
# Where chance is no secret: which of two versions, how long to wait.
CHANCE = {
    "services/kit/watching.py",
    "services/llm/__main__.py",
    "services/llm/briefs.py",
    "services/llm/guards/composing.py",
    "services/llm/guards/retries.py",
    "services/llm/prompts/model.py",
    "services/llm/prompts/servicer.py",
    "services/llm/tools/mcp/servers.py",
    "clients/python/parley_client/patience.py",
}
# The child that reads files binds itself with two calls of the kernel.
TOUCHES_MEMORY = {"services/llm/documents/reading/confinement.py"}
SECRETS = re.compile(
    r"-----BEGIN (?:EC |RSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}"
    r"|\bsk-(?:ant-)?[A-Za-z0-9_-]{32,}|\bAKIA[A-Z0-9]{16}\b|\bghp_[A-Za-z0-9]{36}\b"
)


@cache
def sources() -> dict[str, ast.Module]:
    """Read every module that runs in production."""
    return {
        str(file.relative_to(ROOT)): ast.parse(file.read_text())
        for folder in RUNNING
        for file in sorted((ROOT / folder).rglob("*.py"))
    }


def dotted(node: ast.expr) -> str:
    """Name what is called: `os.system`."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """List every call: the file, what is called, and the call."""
    for name, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield name, dotted(node.func), node


def importing(modules: set[str]) -> set[str]:
    """Name the files that import one of these."""
    return {
        name
        for name, tree in sources().items()
        for node in ast.walk(tree)
        for module in imported(node)
        if module.partition(".")[0] in modules
    }


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def calling(names: set[str]) -> set[str]:
    """Name the places that call one of these."""
    return {f"{name}:{node.lineno}" for name, what, node in calls() if what in names}


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


@pytest.mark.asvs("11.2.1")
def test_cryptography_is_others():
    assert importing(OTHER_CRYPTOGRAPHY) == set()
    assert importing(CRYPTOGRAPHY)


@pytest.mark.asvs("11.3.1", "11.4.1")
def test_no_broken_cryptography_is_used():
    text = "\n".join(ast.unparse(tree) for tree in sources().values())

    assert calling(BROKEN_HASHES | BROKEN_MODES) == set()
    assert "PKCS1v15" not in text


@pytest.mark.asvs("11.3.2")
def test_what_is_encrypted_is_encrypted_with_aes_gcm_alone():
    ciphers = {
        f"{node.module}.{alias.name}"
        for tree in sources().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(CIPHERS)
        for alias in node.names
    }

    assert ciphers == {f"{CIPHERS}.aead.AESGCM"}
    assert calling({"fernet.Fernet", "Fernet"}) == set()


@pytest.mark.asvs("6.5.3", "7.2.3")
@pytest.mark.asvs("11.5.1")
def test_chance_that_can_be_foreseen_makes_no_secret():
    assert importing({"random"}) <= CHANCE


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
