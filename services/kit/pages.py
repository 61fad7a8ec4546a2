"""Pagination (AIP-158)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from services.kit.errors import Kind, ServiceError

DEFAULT_SIZE = 50
MAX_SIZE = 200
SEPARATOR = "|"
MAX_NUMBER = 2**63 - 1  # as far as Postgres counts


class InvalidPage(ServiceError):
    """The page size is negative or the page token is not one of ours."""

    kind = Kind.INVALID
    reason = "INVALID_PAGE"


class PageRequest(Protocol):
    """Any List request."""

    page_size: int
    page_token: str


@dataclass(frozen=True, slots=True)
class Page:
    """
    Which slice of a collection to read: `size` items after the position `after`.

    A position is the sort key of the last item seen, so pages stay right while items
    come and go.
    """

    size: int
    after: tuple[Any, ...] | None

    @classmethod
    def of(
        cls,
        request: PageRequest,
        *key: Callable[[str], Any],
        default: int = DEFAULT_SIZE,
        maximum: int = MAX_SIZE,
    ) -> Self:
        """Read the page a List request asks for; `key` reads the parts of its token."""
        if request.page_size < 0:
            raise InvalidPage(page_size=request.page_size)
        size = min(request.page_size or default, maximum)
        if not request.page_token:
            return cls(size, None)
        try:
            parts = urlsafe_b64decode(request.page_token).decode().split(SEPARATOR)
            after = tuple(read(part) for read, part in zip(key, parts, strict=True))
        except ValueError as error:
            raise InvalidPage(page_token=request.page_token[:200]) from error
        return cls(size, after)

    def next_token(
        self, found: Sequence[Any], key: Callable[[Any], tuple[Any, ...]]
    ) -> str:
        """Name the next page, given one item more than the size if there is one."""
        return token(*key(found[self.size - 1])) if len(found) > self.size else ""


def number(text: str) -> int:
    """Read a part of a token that counts, or raise ValueError."""
    found = int(text)
    if not 0 <= found <= MAX_NUMBER:
        raise ValueError("no token of ours says this")
    return found


def token(*key: Any) -> str:
    """Name the page that follows the item with this key."""
    return urlsafe_b64encode(SEPARATOR.join(map(str, key)).encode()).decode()
