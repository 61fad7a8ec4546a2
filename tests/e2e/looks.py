"""How the pages look, one state after the other: they fit, and nobody is kept out."""

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Locator, ViewportSize

from tests.e2e.conftest import OpenParley
from tests.e2e.pages import Parley

WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}

Scheme = Literal["light", "dark"]
# Brings a page from the state before into another one.
Reach = Callable[[Parley], Awaitable[None]]

both_sizes = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


async def overlap(one: Locator, other: Locator) -> bool:
    """Tell whether one thing on the page covers a part of another."""
    first, second = await one.bounding_box(), await other.bounding_box()
    assert first
    assert second
    return (
        first["x"] < second["x"] + second["width"]
        and second["x"] < first["x"] + first["width"]
        and first["y"] < second["y"] + second["height"]
        and second["y"] < first["y"] + first["height"]
    )


async def look(
    open_parley: OpenParley,
    way: Sequence[Reach],
    *,
    size: ViewportSize,
    scheme: Scheme,
    pictures: Path,
) -> None:
    """Go a way, and look at each state: whether it fits and has no barriers."""
    shots = Path(os.environ.get("PARLEY_SCREENSHOTS", pictures))
    # Nothing moves, so that axe does not measure the colours of what is half there.
    parley = await open_parley(
        viewport=size, color_scheme=scheme, reduced_motion="reduce"
    )
    for reach in way:
        await reach(parley)

        await parley.picture(shots / f"{reach.__name__}-{size['width']}-{scheme}.png")
        assert (reach.__name__, await parley.width()) == (
            reach.__name__,
            size["width"],
        )
        assert (reach.__name__, await parley.barriers()) == (reach.__name__, [])
