"""How much is proved: of levels, and of chapters."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tools.asvs.catalogue import Catalogue, order

# What each chapter is about, in our words.
CHAPTERS: Mapping[int, str] = {
    1: "encoding, injection",
    2: "validation, business logic",
    3: "browser",
    4: "web APIs",
    5: "files",
    6: "authentication",
    7: "sessions",
    8: "authorization",
    9: "signed tokens",
    10: "OAuth, OpenID Connect",
    11: "cryptography",
    12: "connections",
    13: "configuration",
    14: "data protection",
    15: "code, dependencies",
    16: "logs, errors",
    17: "WebRTC",
}


@dataclass(frozen=True)
class Count:
    """How many requirements are proved, how many apply, and how many there are."""

    proved: int
    applicable: int
    total: int

    @property
    def percent(self) -> int:
        """Return it rounded down: 100 % is all."""
        return 100 * self.proved // self.applicable if self.applicable else 100


@dataclass(frozen=True)
class Coverage:
    """What is proved of the catalogue."""

    catalogue: Catalogue
    proved: Collection[str]

    def of(self, *levels: int, chapter: int | None = None) -> Count:
        """Count the requirements of levels, and of a chapter or of all."""
        chosen = {
            name
            for name in self.catalogue.counted
            if self.catalogue.levels[name] in levels
            and chapter in (None, order(name)[0])
        }
        applicable = chosen & self.catalogue.applicable
        return Count(
            len(applicable.intersection(self.proved)), len(applicable), len(chosen)
        )

    def missing(self) -> Iterator[str]:
        """Return what applies and is not proved."""
        yield from sorted(self.catalogue.applicable.difference(self.proved), key=order)
