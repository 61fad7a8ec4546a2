"""What is installed works on its own."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "clients/python"
FROM_THE_WHEEL = """
import sys
sys.path.insert(0, sys.argv[1])
import parley_client
from parley.chat.v1 import message_service_pb2
for module in (parley_client, message_service_pb2):
    assert module.__file__.startswith(sys.argv[1]), module.__file__
"""


def build(target: str, source: Path, into: Path) -> Path:
    """Build a distribution; return it."""
    command = (sys.executable, "-m", "hatchling", "build", "-t", target, "-d", into)
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = into.iterdir()
    return built


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return build("wheel", CLIENT, tmp_path / "wheel")


def test_a_wheel_has_the_generated_code_and_its_types(
    wheel: Path, tmp_path: Path
) -> None:
    generated = ROOT / "gen/python"
    expected = {
        str(path.relative_to(generated))
        for path in generated.rglob("*.py*")
        if path.suffix in (".py", ".pyi")
    }
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")

    assert expected <= names
    assert {"parley/py.typed", "parley_client/py.typed"} <= names
    subprocess.run(
        (sys.executable, "-c", FROM_THE_WHEEL, tmp_path / "site"),
        check=True,
        cwd=tmp_path,
    )


def test_a_wheel_from_the_source_distribution_is_the_same(
    wheel: Path, tmp_path: Path
) -> None:
    source = build("sdist", CLIENT, tmp_path / "source")
    subprocess.run(("tar", "xzf", source), cwd=tmp_path, check=True)
    unpacked = tmp_path / source.name.removesuffix(".tar.gz")

    again = build("wheel", unpacked, tmp_path / "again")

    with ZipFile(wheel) as one, ZipFile(again) as other:
        assert sorted(one.namelist()) == sorted(other.namelist())


def test_the_installed_command_works_from_any_directory(tmp_path: Path) -> None:
    command = Path(sys.executable).parent / "parley"

    finished = subprocess.run(
        (command, "--help"), cwd=tmp_path, capture_output=True, text=True, env={}
    )

    assert finished.returncode == 0
    assert "parley login --sign-up" in finished.stdout
