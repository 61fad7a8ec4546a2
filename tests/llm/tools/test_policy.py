"""The operator's file, and what is said of one that is wrong."""

from pathlib import Path

import pytest

from services.llm.tools.policy import Policy, read_policy

GOOD = """
tools:
  calculator: {approval: always}
  web_fetch: {approval: never, hosts: ["*.wikipedia.org"]}
servers:
  - name: wiki
    url: https://wiki.example.com/mcp
    headers: {Authorization: WIKI_TOKEN}
    tools:
      search: {approval: never}
      "*": {enabled: false}
  - name: files
    command: [/usr/bin/mcp-files, --root, /srv]
    environment: [WIKI_TOKEN]
    call_seconds: 5
    tools: {"*": {}}
"""


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator's secret."""
    monkeypatch.setenv("WIKI_TOKEN", "secret")


def written(folder: Path, text: str) -> Path:
    path = folder / "tools.yaml"
    path.write_text(text)
    return path


def test_a_file_says_what_is_allowed(tmp_path: Path):
    policy = read_policy(written(tmp_path, GOOD))

    wiki, files = policy.servers
    assert policy.tools.calculator.approval == "always"
    assert policy.tools.web_fetch.hosts == ("*.wikipedia.org",)
    search, other = wiki.policy_of("search"), wiki.policy_of("anything")
    assert search
    assert other
    assert (search.enabled, search.approval) == (True, "never")
    assert (other.enabled, other.approval) == (False, None)
    assert files.command == ("/usr/bin/mcp-files", "--root", "/srv")


def test_without_a_file_there_are_no_servers(tmp_path: Path):
    assert read_policy(None) == Policy()
    assert read_policy(written(tmp_path, "")) == Policy()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("servers: [", "line 1: it is no YAML"),
        ("server: []", "server: Extra inputs are not permitted"),
        ("tools: {calculater: {}}", "tools.calculater: Extra inputs"),
        ("tools: {calculator: {approval: maybe}}", "Input should be 'always' or"),
        ("tools: {remember: {approval: never}}", "tools.remember.approval: Input"),
        ("servers: [{name: a, tools: {x: {}}}]", "write either `url` or `command`"),
        ("servers: [{name: a__b, url: 'http://a', tools: {x: {}}}]", "servers.0.name"),
        ("servers: [{name: a, url: 'ftp://a', tools: {x: {}}}]", "servers.0.url"),
        ("servers: [{name: a, url: 'http://u:p@a/', tools: {x: {}}}]", "servers.0.url"),
        ("servers: [{name: a, url: 'http://a'}]", "servers.0.tools: Field required"),
        ("servers: [{name: a, url: 'http://a', tools: {}}]", "at least 1 item"),
        (
            "servers: [{name: a, command: [mcp], tools: {x: {}}}]",
            "write the whole path of the program",
        ),
        (
            "servers: [{name: a, url: 'http://a', headers: {A: NONE_1},"
            " tools: {x: {}}}]",
            "set the environment variable NONE_1",
        ),
        (
            "servers: [{name: a, url: 'http://a', headers: {A: 'Bearer x'},"
            " tools: {x: {}}}]",
            "servers.0.headers.A: String should match",
        ),
        (
            "servers: [{name: a, url: 'http://a', tools: {x: {}}},"
            " {name: a, url: 'http://b', tools: {x: {}}}]",
            "a `name` of its own",
        ),
        ("a: &a [*a]", "tools.yaml"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_what_to_write(
    tmp_path: Path, text: str, said: str
):
    path = written(tmp_path, text)

    with pytest.raises(ValueError, match=r"tools\.yaml") as caught:
        read_policy(path)

    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ValueError, match=r"cannot read .*none\.yaml: No such file"):
        read_policy(tmp_path / "none.yaml")


def test_what_is_wrong_with_a_secret_is_said_without_it(tmp_path: Path):
    text = (
        "servers: [{name: a, url: 'http://a', headers: {A: 'Bearer s3cret'},"
        " tools: {x: {}}}]"
    )

    with pytest.raises(ValueError, match="headers") as caught:
        read_policy(written(tmp_path, text))

    assert "s3cret" not in str(caught.value)
