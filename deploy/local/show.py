"""What a person sees of a running system."""

import time

import psutil
from rich.console import Console
from rich.table import Table

from deploy.local.parts import System
from deploy.local.supervisor import Supervisor

COLOURS = {"RUNNING": "green", "STARTING": "yellow", "BACKOFF": "red", "FATAL": "red"}
MIB = 2**20


def show_status(system: System, supervisor: Supervisor) -> bool:
    """Print a line for each part; return whether all of them run."""
    console = Console()
    if not supervisor.process:
        start = f"[bold]{system.command}[/]"
        console.print(f"Parley is not running. Start it with: {start}")
        return False
    restarts = supervisor.restarts()
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("part", "state", "for", "memory", "restarts", "address"):
        table.add_column(column, no_wrap=column != "address", overflow="fold")
    infos = {info["name"]: info for info in supervisor.info()}
    for name, address in system.places().items():
        info = infos[name]
        state = info["statename"]
        count, how = restarts.get(name, (0, ""))
        table.add_row(
            name,
            f"[{COLOURS.get(state, 'default')}]{state.lower()}[/]",
            duration(time.time() - info["start"]) if info["pid"] else "",
            f"{memory(info['pid']) / MIB:.0f} MiB" if info["pid"] else "",
            f"{count} ({how.removeprefix('terminated by ')})" if count else "0",
            address,
        )
    console.print(table)
    return all(info["statename"] == "RUNNING" for info in infos.values())


def memory(pid: int) -> int:
    """Return what a process and its children hold for themselves, in bytes."""
    total = 0
    try:
        process = psutil.Process(pid)
        for each in [process, *process.children(recursive=True)]:
            full = each.memory_full_info()
            total += getattr(full, "pss", full.rss)
    except psutil.Error:
        return total
    return total


def duration(seconds: float) -> str:
    """Say a time span in its largest unit."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
