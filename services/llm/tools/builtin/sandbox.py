"""
The process in which a program of a model runs, within WebAssembly.

`sandbox.py MODULE COMPILED` makes machine code of a module; `sandbox.py COMPILED` runs
the program on standard input with it. It imports nothing of Parley, so that it starts
fast and knows nothing. The program has no files, no network, no environment and no
other process: WASI hands it standard output and the clock alone, and memory and steps
are counted.
"""

import resource
import sys
from pathlib import Path
from typing import Any

MEMORY = 192 * 1024 * 1024  # bytes
STEPS = 20_000_000_000  # some five to ten seconds
CPU_SECONDS = 30
FAILED, STOPPED = 1, 3


def engine() -> Any:
    """Count steps; do all else as wasmtime has it."""
    import wasmtime  # a package that need not be there

    config = wasmtime.Config()
    config.consume_fuel = True
    return wasmtime.Engine(config)


def compiled(module: Path, target: Path) -> None:
    """Make machine code, which takes seconds, to be used again."""
    import wasmtime

    made = wasmtime.Module.from_file(engine(), str(module)).serialize()
    target.write_bytes(made)


def run(target: Path, program: str) -> int:
    """Run a program; return how it ended."""
    import wasmtime

    machine = engine()
    module = wasmtime.Module.deserialize_file(machine, str(target))
    linker = wasmtime.Linker(machine)
    linker.define_wasi()
    store = wasmtime.Store(machine)
    store.set_limits(
        memory_size=MEMORY, instances=1, memories=1, tables=4, table_elements=100_000
    )
    store.set_fuel(STEPS)
    wasi = wasmtime.WasiConfig()
    wasi.argv = ["python", "-I", "-S", "-u", "-c", program]
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    start = linker.instantiate(store, module).exports(store)["_start"]
    assert isinstance(start, wasmtime.Func)
    try:
        start(store)
    except wasmtime.ExitTrap as end:
        return FAILED if end.code else 0
    except (wasmtime.Trap, wasmtime.WasmtimeError):
        return STOPPED
    return 0


def bounded() -> None:
    """Lose what the process itself could still do, should all else break."""
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        compiled(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        bounded()
        sys.exit(run(Path(sys.argv[1]), sys.stdin.read()))
