"""Well-known models, as the file in this package says."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from services.llm.catalogue.model import Entry
from services.llm.model import Model, Price

KNOWN = Path(__file__).with_name("known.yaml")
MILLION = 1_000_000


def known_entries() -> Mapping[str, Entry]:
    """Read what is known, by the name that a model's maker gives it."""
    found = yaml.load(KNOWN.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    return {
        each["id"]: Entry(
            model=Model(
                id=each["id"],
                provider=maker["type"],
                display_name=each["display_name"],
                window=each["window"],
                max_output=each["max_output"],
                capabilities=frozenset(each["capabilities"]),
                price=Price(*(round(usd * MILLION) for usd in each["price"])),
            ),
            upstream=each["id"],
            tokenizer=each.get("tokenizer", ""),
        )
        for maker in found["makers"]
        for each in maker["models"]
    }
