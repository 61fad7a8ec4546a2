"""Places in lists of what users keep."""

from typing import Any
from uuid import UUID

from services.kit.pages import Page


def by_name(request: Any) -> Page:
    """Read which page of a list by name is asked for."""
    return Page.of(request, parse_display_name, UUID)


def place_by_name(last: Any) -> tuple[str, UUID]:
    """Name the place after one; in hexadecimal, as a name may hold what parts it."""
    return last.display_name.encode().hex(), last.id


def parse_display_name(text: str) -> str:
    """Read a name of a page token."""
    name = bytes.fromhex(text).decode()
    if "\0" in name:
        raise ValueError(text)
    return name
