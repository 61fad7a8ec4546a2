"""`docs/sign-in.md` says of signing in what the code does."""

import re
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from pkgutil import iter_modules

import pytest

import parley.auth.v1
from services.auth.attempts.model import LIMITS, WINDOW_SECONDS
from services.auth.passwords.rules import PRODUCT, PasswordNamesUser, PasswordRules
from services.auth.sessions.model import MAX_SESSIONS
from tests.figures import CONSTANT, figures, rows, sections, value

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/sign-in.md").read_text()
SECTIONS = sections(TEXT)
NAME = re.compile(r"`([\w.]+)`")


def table(section: str) -> list[list[str]]:
    """Read the rows of the first table of a section."""
    lines = iter(SECTIONS[section].splitlines())
    for line in lines:
        if line.startswith("|-"):
            break
    found = takewhile(lambda line: line.startswith("|"), lines)
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in found]


def giving_tokens() -> set[str]:
    """Name the RPCs of auth that give an access token."""
    modules = [
        import_module(f"{parley.auth.v1.__name__}.{module.name}")
        for module in iter_modules(parley.auth.v1.__path__)
        if module.name.endswith("_pb2")
    ]
    return {
        f"{service.name}.{method.name}"
        for module in modules
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
        if "access_token" in method.output_type.fields_by_name
    }


@pytest.mark.asvs("6.1.3", "6.3.4")
def test_every_way_to_an_access_token_is_told():
    told = [name for row in table("The ways") for name in NAME.findall(row[1])]

    assert sorted(told) == sorted(giving_tokens())
    assert len(told) > 10


@pytest.mark.asvs("6.1.3", "6.3.4")
def test_every_way_that_shows_a_secret_says_as_what_its_tries_are_counted():
    counted = {name for row in table("The ways") for name in NAME.findall(row[4])}

    assert {*counted, "reset"} == LIMITS.keys()


@pytest.mark.asvs("6.1.1")
def test_what_bounds_guessing_is_told_as_it_is():
    told = {
        kind.strip("`"): tuple(int(cell.replace(",", "")) for cell in cells)
        for kind, *cells in table("Guessing")
    }

    assert told == {
        kind: (limits.pair, limits.subject, limits.address, limits.everyone)
        for kind, limits in LIMITS.items()
    }
    assert WINDOW_SECONDS == 15 * 60
    for about in ("How it is set", "No lockout by others"):
        assert f"**{about}" in SECTIONS["Guessing"]


@pytest.mark.asvs("6.1.2", "6.2.11")
def test_the_words_that_are_told_are_not_what_a_password_is_made_of():
    section = "Passwords that name something"
    words = [row[0] for row in table(section)]
    names = {
        f"`{PRODUCT}`": PRODUCT,
        "the address's part before the @, word by word": "ada.lovelace",
        "the display name, word by word": "Countess Ada",
    }
    rules = PasswordRules(common=())

    assert words == list(names)
    for name in names.values():
        with pytest.raises(PasswordNamesUser):
            rules.accept(f"{name}-{name}", names=("ada.lovelace", "Countess Ada"))


ROWS = list(rows(TEXT))


@pytest.mark.asvs("7.1.1")
@pytest.mark.parametrize(("title", "said", "constants"), ROWS)
def test_how_long_something_lasts_is_told(title: str, said: str, constants: str):
    (constant,) = CONSTANT.finditer(constants)

    assert [value(constant["module"], constant["name"])] == figures(said)
    assert title == "How long it lasts"


@pytest.mark.asvs("7.1.1")
def test_what_ends_a_session_is_told_with_why_it_may_last_so_long():
    told = {match["name"] for _, _, names in ROWS for match in CONSTANT.finditer(names)}

    assert {"ACCESS", "IDLE", "ABSOLUTE", "FRESH_SECONDS"} <= told
    assert "**Beside NIST SP 800-63B.**" in SECTIONS["How long it lasts"]


@pytest.mark.asvs("7.1.2")
def test_how_many_sessions_one_has_at_the_same_time_is_told():
    section = SECTIONS["How long it lasts"]
    (paragraph,) = re.findall(r"\*\*At the same time\*\*[^*]+", section)

    assert f"up to {MAX_SESSIONS} sessions" in paragraph
    assert "One more ends the one that began first" in " ".join(paragraph.split())


@pytest.mark.asvs("7.1.3")
def test_what_else_manages_sessions_is_told():
    systems = [row[0] for row in table("What else manages sessions")]

    assert [system.partition(" (")[0] for system in systems] == [
        "an identity provider",
        "SCIM",
        "a terminal",
        "an API key",
        "another service of Parley",
    ]
