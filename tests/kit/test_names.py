"""Resource names."""

from uuid import UUID

import pytest

from services.kit.names import InvalidName, parse_name

ID = UUID("0192f0c1-2d3e-7a4b-8c5d-6e7f80910a1b")


def test_reads_the_ids_from_a_name():
    name = f"users/{ID}/conversations/{ID}"

    assert parse_name(name, "users", "conversations") == (ID, ID)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "users",
        "users/",
        "users/7",
        f"user/{ID}",
        f"users/{ID}/",
        f"users/{ID}/conversations",
        f"users/{ID}/conversations/{ID}",
        f"/users/{ID}",
        f"users/{{{ID}}}",
        f"users/urn:uuid:{ID}",
        f"users/{ID.hex}",
        f"users/{ID} ",
        "users/" + "x" * 100_000,
    ],
)
def test_refuses_what_is_no_user(name: str):
    with pytest.raises(InvalidName) as caught:
        parse_name(name, "users")

    assert len(caught.value.metadata["name"]) <= 200
