"""YAML files that people write, and what they are told."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from pydantic import Field

from services.kit.yaml_file import (
    MAX_BYTES,
    Part,
    Problem,
    Unreadable,
    Whole,
    read_yaml,
)


class Item(Part):
    name: str
    size: int = Field(1, ge=0)


class Sizes(Whole):
    items: list[Item]
    limit: int = 10

    def problems(self) -> Iterable[Problem]:
        for number, item in enumerate(self.items):
            if item.size > self.limit:
                yield ("items", number, "size"), f"is more than {self.limit}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sizes.yaml"


def test_reads_what_is_right(path: Path):
    path.write_text("items:\n  - name: a\n    size: 3\n")

    assert read_yaml(path, Sizes) == Sizes(items=[Item(name="a", size=3)])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "items:\n - name: a\n   size: -1\n",
            "line 3, items[0].size: Input should be g",
        ),
        ("items:\n - name: a\n   syze: 1\n", "line 3, items[0].syze: Extra inputs are"),
        ("items:\n - size: 1\n", "line 2, items[0].name: Field required"),
        ("items:\n - name: 7\n", "line 2, items[0].name: Input should be a valid str"),
        (
            "items:\n - name: a\n - name: b\n   size: 11\n",
            "line 4, items[1].size: is mo",
        ),
        ("items: []\nlimit: 1\nlimit: 2\n", "line 3, limit: stands twice"),
        ("limit: 1\n", "line 1, items: Field required"),
        ("items: [\n", "is no YAML: while parsing"),
        ("items: !!python/object:os.system x\n", "is no YAML: could not determine"),
        ("- a\n", "has to be a mapping of names to values"),
        ("", "has to be a mapping of names to values"),
        ("1: 2\n", "line 1, [1]: Keys should be strings"),
    ],
)
def test_says_where_a_file_is_wrong(path: Path, text: str, message: str):
    path.write_text(text)

    with pytest.raises(Unreadable) as caught:
        read_yaml(path, Sizes)

    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_says_why_a_file_cannot_be_read(path: Path):
    with pytest.raises(Unreadable, match="No such file or directory"):
        read_yaml(path, Sizes)
    path.write_bytes(b"\xff")
    with pytest.raises(Unreadable, match="is not UTF-8"):
        read_yaml(path, Sizes)
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(Unreadable, match="is larger than"):
        read_yaml(path, Sizes)


def test_names_every_place_that_is_wrong(path: Path):
    path.write_text("items:\n - name: 1\n - name: 2\n")

    with pytest.raises(Unreadable) as caught:
        read_yaml(path, Sizes)

    assert len(str(caught.value).splitlines()) == 2
