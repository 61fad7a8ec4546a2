"""What `make up` says when the machine cannot run it."""

import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy.local.replicas import replicas
from deploy.local.state import State
from deploy.local.supervisor import quoted
from deploy.local.up import require_port, require_room


@pytest.mark.parametrize("command", ["make up", "make mesh"])
def test_a_port_that_is_in_use_is_named_with_another(command: str, tmp_path: Path):
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]

        with pytest.raises(SystemExit) as caught:
            require_port(State(tmp_path, port), command)

    assert f"Port {port} is in use" in str(caught.value)
    assert f"{command} PARLEY_PORT={port + 1}" in str(caught.value)


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_refused(port: str):
    with pytest.raises(SystemExit, match="PARLEY_PORT"):
        State.of({"PARLEY_PORT": port})


@pytest.mark.parametrize("count", ["0", "9", "-1", "two", "1.5"])
def test_a_number_of_replicas_that_is_none_is_refused(count: str):
    with pytest.raises(SystemExit, match=r"REPLICAS: .* is not a number from 1 to 8"):
        replicas({"REPLICAS": count})


def test_a_setting_that_supervisord_cannot_be_told_is_refused():
    for text in ("a\nb", "both \" and '", "'quoted'"):
        with pytest.raises(SystemExit, match="a setting may not hold"):
            quoted(text)


def test_a_full_disk_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    nearly_full = SimpleNamespace(free=7 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: nearly_full)

    with pytest.raises(SystemExit) as caught:
        require_room(State(tmp_path, 8080))

    assert "Only 7 MiB are free" in str(caught.value)
    assert "PARLEY_STATE=" in str(caught.value)


def test_a_disk_with_room_is_taken(tmp_path: Path):
    require_room(State(tmp_path, 8080))
