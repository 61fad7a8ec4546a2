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
# Has a process of its own do that: what else a run of tests has started ends at times.
PARENT = """
import subprocess, sys
pipe = subprocess.PIPE
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=pipe, stdout=pipe)
child.stdout.readline()
print(flush=True); sys.stdin.readline()
child.communicate(b"\\n")
print(flush=True); sys.stdin.readline()
"""


def test_a_childs_time_counts_while_it_runs_and_after_it_ended():
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, WORK],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        us = Processes(parent.pid)
        before = us.cpu_seconds()

        parent.stdout.readline()
        running = sum(used_between(before, us.cpu_seconds()).values())
        parent.stdin.write(b"\n")
        parent.stdin.flush()
        parent.stdout.readline()
        ended = sum(used_between(before, us.cpu_seconds()).values())
        parent.communicate(b"\n")

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
