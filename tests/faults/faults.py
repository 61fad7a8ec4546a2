"""Every fault that is tried, and how often."""

from tests.faults import (
    callers,
    deaths,
    edges,
    milvus,
    pages,
    providers,
    stores,
    streams,
)
from tests.faults.findings import Fault

FAULTS = (
    Fault("F01", "kill -9 chat at a random character", deaths.kill_chat, 2, 200),
    Fault("F01b", "kill -9 chat while a page shows a reply", pages.kill_chat, 1, 20),
    Fault("F02", "kill -9 llm at a random character", deaths.kill_llm, 2, 100),
    Fault("F03", "restart chat under live replies", deaths.restart_chat, 40, 500),
    Fault("F04", "send the same 50 times at once", callers.send_equally, 1, 20),
    Fault("F05", "answer UNAVAILABLE before the first event", edges.refuse, 10, 100),
    Fault("F06", "end in each way, in each protocol", edges.tell_apart, 15, 24),
    Fault("F07", "stop a reply", callers.stop, 3, 200),
    Fault("F08", "leave, and come back", callers.leave_and_return, 10, 100),
    Fault("F09", "hold idle streams", edges.hold, 200, 10_000),
    Fault("F10", "restart Postgres under writes", stores.restart_postgres, 1, 20),
    Fault("F11", "freeze Postgres, in seconds", stores.freeze_postgres, 3, 30),
    Fault("F12", "kill Redis", stores.kill_redis, 3, 30),
    Fault("F14", "kill and freeze Milvus", milvus.hurt_milvus, 2, 20),
    Fault("F16", "fail as a provider, in each way", providers.refuse, 100, 1_000),
    Fault("F17", "break streams in each way", streams.break_streams, 10, 200),
    Fault("F18", "be away as a provider, in seconds", providers.take_away, 3, 60),
)
