"""Tells the time anywhere."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from services.kit.clock import Clock
from services.llm.model import ToolSpec
from services.llm.tools.model import Call, CallFailed

SPEC = ToolSpec(
    "current_time",
    "Tells the date, the day of the week and the time now, in any time zone.",
    {
        "type": "object",
        "properties": {
            "time_zone": {
                "type": "string",
                "description": "IANA name, such as Europe/Berlin. Default: UTC",
                "maxLength": 64,
            }
        },
        "additionalProperties": False,
    },
)


@cache
def zones() -> dict[str, str]:
    """Name all time zones, by their names without regard to case."""
    return {name.lower(): name for name in available_timezones()}


class CurrentTime:
    """Reads a clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def tell(self, call: Call) -> str:
        """Tell the time where a call asks for it."""
        wanted = call.text("time_zone") or "UTC"
        name = zones().get(wanted.lower())
        if name is None:
            raise CallFailed("there is no such time zone; use an IANA name")
        now = self._clock().astimezone(ZoneInfo(name))
        return f"{now:%A, %Y-%m-%d %H:%M:%S} {name} (UTC{now:%z})"
