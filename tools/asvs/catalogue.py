"""The requirements of OWASP ASVS 5.0.0 by id and level, and those that do not apply."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.csv"
INAPPLICABLE = HERE / "inapplicable.yaml"
COUNTED = (1, 2)  # levels; a mark may name one of level 3, which is not counted


def order(identifier: str) -> tuple[int, ...]:
    """Sort 1.10.1 behind 1.9.1."""
    return tuple(int(number) for number in identifier.split("."))


@dataclass(frozen=True)
class Catalogue:
    """Which requirements there are, and why some do not apply."""

    levels: Mapping[str, int]
    reasons: Mapping[str, str]

    @classmethod
    def read(cls) -> "Catalogue":
        """Read both files."""
        with REQUIREMENTS.open() as file:
            levels = {row["id"]: int(row["level"]) for row in csv.DictReader(file)}
        groups = yaml.safe_load(INAPPLICABLE.read_text())
        reasons = {name: group["reason"] for group in groups for name in group["ids"]}
        return cls(levels, reasons)

    @cached_property
    def counted(self) -> frozenset[str]:
        """Those of levels 1 and 2."""
        return frozenset(
            name for name, level in self.levels.items() if level in COUNTED
        )

    @cached_property
    def applicable(self) -> frozenset[str]:
        """Those of levels 1 and 2 that apply to Parley."""
        return self.counted - self.reasons.keys()
