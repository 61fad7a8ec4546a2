"""supervisord, which keeps the parts running and restarts the one that dies."""

import configparser
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit
from time import monotonic, sleep
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import psutil
from supervisor.xmlrpc import Faults, SupervisorTransport

from deploy.local.digest import digest
from deploy.local.replicas import kind
from deploy.local.state import State

LOG_BYTES = 10 * 1024 * 1024
STOP_SECONDS = 40.0
FILES = 65_536
EXITED = re.compile(r" exited: (\S+) \((.*); not expected\)")
REFUSED = "exit status 2"  # how services end that do not take their settings
POLL = 0.05
Layers = Sequence[Sequence[str]]
MARK = "PARLEY_PART_OF"  # tells our processes from everybody else's


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process of the system."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    # What it reads at its start: it is started anew when this has changed.
    made_from: Sequence[Path] = ()
    user: str | None = None
    stop_signal: str = "TERM"
    stop_seconds: int = 30


class Supervisor:
    """The supervisord of one system."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._config = state.run / "supervisord.conf"
        self._socket = state.run / "supervisor.sock"
        self._pid = state.folder / "supervisord.pid"
        self._log = state.logs / "supervisord.log"

    def ask(self, method: str, *arguments: object) -> Any:
        """Call its XML-RPC interface."""
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        try:
            server = ServerProxy("http://127.0.0.1", transport=transport)
            return getattr(server.supervisor, method)(*arguments)
        finally:
            transport.close()

    @property
    def process(self) -> psutil.Process | None:
        """Its process, if it lives: a stale pid file names another, or none."""
        try:
            process = psutil.Process(int(self._pid.read_text()))
            ours = str(self._config) in process.cmdline()
        except (FileNotFoundError, ValueError, psutil.Error):
            return None
        return process if ours else None

    def configure(self, parts: Sequence[Part]) -> None:
        """Write down what to run; only this user may read it."""
        config = configparser.RawConfigParser()
        config["unix_http_server"] = {"file": str(self._socket), "chmod": "0700"}
        config["supervisord"] = {
            "logfile": str(self._log),
            "logfile_maxbytes": str(LOG_BYTES),
            "logfile_backups": "1",
            "pidfile": str(self._pid),
            "identifier": "parley",
            "umask": "077",
            # Every live stream is an open file of the edge and of the services.
            "minfds": str(min(FILES, getrlimit(RLIMIT_NOFILE)[1])),
        }
        config["rpcinterface:supervisor"] = {
            "supervisor.rpcinterface_factory": (
                "supervisor.rpcinterface:make_main_rpcinterface"
            )
        }
        for part in parts:
            config[f"program:{part.name}"] = self._program(part)
        self._config.touch(mode=0o600)
        with self._config.open("w") as file:
            config.write(file)

    def _program(self, part: Part) -> dict[str, str]:
        marked = {
            **part.environment,
            MARK: str(self._state.folder),
            "PARLEY_MADE_FROM": digest(part.made_from),
        }
        user = {"user": part.user} if part.user else {}
        return user | {
            "command": " ".join(map(quoted, part.command)),
            "environment": ",".join(f"{k}={quoted(v)}" for k, v in marked.items()),
            "directory": "/",
            "autostart": "false",
            "autorestart": "true",
            "startsecs": "1",
            "startretries": "1000",
            "stopsignal": part.stop_signal,
            "stopwaitsecs": str(part.stop_seconds),
            "redirect_stderr": "true",
            "stdout_logfile": str(self.log(part.name)),
            "stdout_logfile_maxbytes": str(LOG_BYTES),
            "stdout_logfile_backups": "2",
        }

    def configured(self) -> list[str]:
        """Name the parts that are written down."""
        config = configparser.RawConfigParser()
        config.read(self._config)
        sections = (section.partition(":") for section in config.sections())
        return [name for what, _, name in sections if what == "program"]

    def start(self, layers: Layers) -> None:
        """Have it running with the configuration that is written down."""
        if self.process:
            self._apply_changes(layers)
            return
        self._socket.unlink(missing_ok=True)
        self._log.unlink(missing_ok=True)
        command = [sys.executable, "-m", "supervisor.supervisord"]
        clean = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", "/"),
        }
        subprocess.run([*command, "-c", str(self._config)], check=True, env=clean)
        deadline = monotonic() + STOP_SECONDS
        while not (self.process and self._socket.exists()):
            if monotonic() > deadline:
                raise SystemExit(f"supervisord does not start; see {self._log}")
            sleep(POLL)

    def _apply_changes(self, layers: Layers) -> None:
        """Stop what changed, so that it starts as it is written down now."""
        added, changed, removed = self.ask("reloadConfig")[0]
        self._stop_all([*changed, *removed], layers)
        for name in [*changed, *removed]:
            self.ask("removeProcessGroup", name)
        for name in [*added, *changed]:
            self.ask("addProcessGroup", name)

    def run(self, name: str) -> None:
        """Start a part, unless it runs."""
        try:
            self.ask("startProcess", name, False)
        except Fault as fault:
            if fault.faultCode != Faults.ALREADY_STARTED:
                raise

    def runs(self, name: str) -> bool:
        """Tell whether a part has a process."""
        return bool(self.ask("getProcessInfo", name)["pid"])

    def gave_up(self, name: str) -> bool:
        """Tell whether a part died too often to be started again."""
        return bool(self.ask("getProcessInfo", name)["statename"] == "FATAL")

    def refuses(self, name: str, since: int) -> bool:
        """Tell whether a part has died twice, since so many deaths, of its settings."""
        deaths = self._deaths().get(name, [])
        return len(deaths) >= since + 2 and deaths[-2:] == [REFUSED, REFUSED]

    def log(self, name: str) -> Path:
        """Name the file that a part's output goes to."""
        return self._state.logs / f"{name}.log"

    def info(self) -> list[dict[str, Any]]:
        """Return what it knows of each part."""
        return list(self.ask("getAllProcessInfo"))

    def restarts(self) -> dict[str, tuple[int, str]]:
        """Count how often each part died, and how it last did, from its log."""
        return {name: (len(how), how[-1]) for name, how in self._deaths().items()}

    def _deaths(self) -> dict[str, list[str]]:
        """Return how each part died, each time, in order."""
        deaths = defaultdict[str, list[str]](list)
        if self._log.exists():
            for name, how in EXITED.findall(self._log.read_text(errors="replace")):
                deaths[name].append(how)
        return deaths

    def stop(self, layers: Layers) -> None:
        """Stop everything; then supervisord."""
        process = self.process
        if not process:
            return
        self._stop_all([info["name"] for info in self.info()], layers)
        self.ask("shutdown")
        process.wait(STOP_SECONDS)

    def _stop_all(self, names: Sequence[str], layers: Layers) -> None:
        """Stop layer after layer, the parts of each at once."""
        for kinds in layers:
            layer = [name for name in names if kind(name) in kinds]
            for name in layer:
                self._stop(name)
            while any(info["pid"] for info in self.info() if info["name"] in layer):
                sleep(POLL)

    def _stop(self, name: str) -> None:
        """Tell a part to stop, unless it has; supervisord kills it if it does not."""
        try:
            self.ask("stopProcess", name, False)
        except Fault as fault:
            if fault.faultCode not in (Faults.NOT_RUNNING, Faults.BAD_NAME):
                raise

    def orphans(self) -> list[psutil.Process]:
        """Find parts that outlived the supervisord which had started them."""
        mark, found, process = str(self._state.folder), [], self.process
        ours = {child.pid for child in process.children(True)} if process else set()
        for process in psutil.process_iter():
            try:
                if process.pid not in ours and process.environ().get(MARK) == mark:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def end_orphans(self) -> int:
        """End them; return how many there were."""
        orphans = self.orphans()
        for process in orphans:
            process.terminate()
        _, alive = psutil.wait_procs(orphans, timeout=10)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=5)
        return len(orphans)


def quoted(text: str) -> str:
    """Write a value so that supervisord reads it as it is."""
    mark = "'" if '"' in text else '"'
    # It takes quotes off both ends, whichever they are, and knows no escapes.
    if mark in text or "\n" in text or text != text.strip("'\""):
        raise SystemExit(f"a setting may not hold such quotes: {text[:20]}…")
    return mark + text.replace("%", "%%") + mark


def log_tail(path: Path, lines: int = 15) -> str:
    """Return the end of a log; what it says again and again, once."""
    if not path.exists():
        return "(no log)"
    end = path.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join(line for line, _ in groupby(end))
