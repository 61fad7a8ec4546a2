"""Counting what processes use."""

import os
import subprocess
import sys

from tests.bench.processes import Processes, used_between

# A process that works for 0.3 CPU-seconds, says so, and waits.
WORK = """
import sys, time
while time.process_time() < 0.3: pass
print(flush=True); sys.stdin.readline()
"""


def test_a_childs_time_counts_while_it_runs_and_after_it_ended():
    us = Processes(os.getpid())
    before = us.cpu_seconds()
    with subprocess.Popen(
        [sys.executable, "-c", WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()

        running = sum(used_between(before, us.cpu_seconds()).values())
        child.communicate(b"\n")
        ended = sum(used_between(before, us.cpu_seconds()).values())

    assert running >= 0.25
    assert ended >= running - 0.02


def test_memory_is_told_by_part():
    part = "redis"  # by its command
    with subprocess.Popen(
        [sys.executable, "-c", WORK, "redis-server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()

        used = Processes(os.getpid()).memory("pss")
        child.communicate(b"\n")

    assert used[part] > 1_000_000
    assert len(used) >= 2
