"""The file that every terminal of a person shares."""

import asyncio
import stat
from pathlib import Path

import pytest

from parley_client import Credential, Credentials, FileCredentials
from parley_client.credentials_file import default_path

URL = "http://localhost:8080"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "parley" / "credentials.json"


@pytest.fixture
async def credentials(path: Path) -> Credentials:
    """A store that has been used once."""
    credentials = FileCredentials(path)
    async with credentials.exclusive():
        credentials.save(URL, Credential("users/ada", "secret"))
    return credentials


def test_what_is_saved_is_found_again(credentials: Credentials, path: Path) -> None:
    assert FileCredentials(path).load(URL) == Credential("users/ada", "secret")


def test_only_the_owner_can_read_it(credentials: Credentials, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_each_url_has_its_own(credentials: Credentials) -> None:
    credentials.save("https://parley.example.com", Credential("users/grace", "other"))

    credentials.forget(URL)
    credentials.forget(URL)

    assert credentials.load(URL) is None
    assert credentials.load("https://parley.example.com") == Credential(
        "users/grace", "other"
    )


def test_nothing_but_the_file_and_its_lock_stays(
    credentials: Credentials, path: Path
) -> None:
    names = sorted(file.name for file in path.parent.iterdir())

    assert names == ["credentials.json", "credentials.lock"]


def test_a_write_that_fails_leaves_the_file_as_it_was(
    credentials: Credentials, path: Path
) -> None:
    before = path.read_bytes()

    with pytest.raises(TypeError):
        credentials.save(URL, Credential("users/ada", object()))  # type: ignore[arg-type]  # on purpose

    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 2


@pytest.mark.parametrize("damage", ["{", "[]", '{"http://localhost:8080": {"a": "b"}}'])
def test_a_damaged_file_is_named(
    credentials: Credentials, path: Path, damage: str
) -> None:
    path.write_text(damage)

    with pytest.raises(OSError, match=r"credentials\.json is damaged; remove it"):
        credentials.load(URL)


async def test_only_one_at_a_time_is_exclusive(path: Path) -> None:
    inside, most = 0, 0

    async def use() -> None:
        nonlocal inside, most
        async with FileCredentials(path).exclusive():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(use() for _ in range(10)))

    assert most == 1


def test_it_is_where_the_person_configures_things(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_path() == tmp_path / "parley" / "credentials.json"

    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", "/home/ada")
    assert default_path() == Path("/home/ada/.config/parley/credentials.json")
