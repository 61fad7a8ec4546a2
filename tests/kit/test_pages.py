"""Pages of lists."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from services.kit.pages import DEFAULT_SIZE, MAX_SIZE, InvalidPage, Page, number


@dataclass
class Request:
    page_size: int = 0
    page_token: str = ""


@pytest.mark.parametrize(
    ("asked", "size"),
    [(0, DEFAULT_SIZE), (1, 1), (MAX_SIZE, MAX_SIZE), (MAX_SIZE + 1, MAX_SIZE)],
)
def test_the_size_has_a_default_and_a_cap(asked: int, size: int):
    assert Page.of(Request(page_size=asked), UUID).size == size


def test_a_token_leads_to_the_place_after_the_last_item():
    items = [(datetime.fromisoformat("2026-01-01T00:00:00+00:00"), uuid4())] * 3
    page = Page.of(Request(page_size=2), datetime.fromisoformat, UUID)

    token = page.next_token(items, lambda item: item)
    following = Page.of(Request(page_token=token), datetime.fromisoformat, UUID)

    assert following.after == items[1]


def test_the_last_page_has_no_token():
    page = Page.of(Request(page_size=2), UUID)

    assert page.next_token([uuid4(), uuid4()], lambda item: (item,)) == ""


@pytest.mark.asvs("2.2.1")
@pytest.mark.parametrize(
    "token",
    [
        "x",
        "not base64 at all!",
        "é",
        urlsafe_b64encode(b"7").decode(),
        urlsafe_b64encode(b"\xff\xfe").decode(),
        urlsafe_b64encode(f"{uuid4()}|{uuid4()}".encode()).decode(),
        urlsafe_b64encode(b"' OR 1=1 --").decode(),
    ],
)
def test_a_token_that_is_not_ours_is_refused(token: str):
    with pytest.raises(InvalidPage):
        Page.of(Request(page_token=token), UUID)


@pytest.mark.asvs("1.4.2")
def test_a_negative_size_is_refused():
    with pytest.raises(InvalidPage):
        Page.of(Request(page_size=-1), UUID)


@pytest.mark.asvs("2.2.1")
@pytest.mark.parametrize("said", ["-1", "1.5", "9" * 19, "9" * 5_000])
def test_a_token_that_counts_further_than_the_store_is_refused(said: str):
    token = urlsafe_b64encode(said.encode()).decode()

    with pytest.raises(InvalidPage):
        Page.of(Request(page_token=token), number)
