"""Which URLs lead to a Parley."""

import pytest

from parley_client.address import Address


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://localhost:8080", "http://localhost:8080"),
        (" HTTP://LocalHost:8080/ ", "http://localhost:8080"),
        ("https://parley.example.com", "https://parley.example.com"),
        ("https://parley.example.com:443/", "https://parley.example.com"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_url_has_one_form(given: str, url: str) -> None:
    assert Address.parse(given).url == url


@pytest.mark.parametrize(
    "given",
    [
        "",
        "localhost:8080",
        "ftp://localhost",
        "http://",
        "http://localhost:99999",
        "http://localhost:8080/chat",
        "http://ada:secret@localhost:8080",
        "http://localhost:8080?token=secret",
    ],
)
def test_anything_else_is_refused(given: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # urlsplit has messages of its own
        Address.parse(given)
