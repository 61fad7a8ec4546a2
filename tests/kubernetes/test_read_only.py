"""Parts run where nothing can be written but what their pods may write."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from deploy.kubernetes.keys import new, secrets
from deploy.local.ports import free_port
from deploy.local.up import ask_http, ask_service
from tests.kubernetes.test_settings import environment
from tools.kubernetes.manifests import ROOT, SERVICES, overlay

SCRIPT = Path(__file__).with_name("confined.sh")
UNSHARE = ["unshare", "--mount"]

patiently = retry(
    retry=retry_if_result(lambda well: not well),
    stop=stop_after_delay(60),
    wait=wait_fixed(0.05),
    retry_error_callback=lambda state: False,
)


@pytest.fixture(autouse=True, scope="module")
def mounting() -> None:
    """Skip where this process may not mount anything."""
    done = subprocess.run([*UNSHARE, "true"], check=False, capture_output=True)
    if done.returncode:
        pytest.skip("mounting takes root: run as root, or in CI")


def code() -> str:
    """Name the folders of the code that would not be seen without being named."""
    needed = [ROOT, Path(sys.prefix), Path(sys.base_prefix).resolve()]
    return " ".join(
        str(folder)
        for folder in needed
        if mount_of(folder) != Path("/") or folder.is_relative_to("/tmp")  # noqa: S108
    )


def mount_of(folder: Path) -> Path:
    """Find where the file system of a folder is mounted."""
    return next(path for path in (folder, *folder.parents) if path.is_mount())


@contextmanager
def confined(
    folder: Path, keys: Path, command: list[str], given: dict[str, str]
) -> Iterator[None]:
    """Run a program as a pod would, while the block runs."""
    root = folder / "root"
    root.mkdir()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*UNSHARE, "sh", SCRIPT, root, keys, code(), *command],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": f"{ROOT}:{ROOT / 'gen/python'}",
                "PYTHONDONTWRITEBYTECODE": "1",
                **given,
            },
            cwd="/",
            start_new_session=True,
            stdout=log,
            stderr=log,
        )
    try:
        yield
        assert process.poll() is None
    finally:
        process.terminate()  # killed, the edge would leave Envoy behind
        process.wait()


@pytest.mark.parametrize("part", SERVICES)
def test_a_service_is_well_where_it_can_write_nothing(
    part: str, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    made = {
        each["metadata"]["name"]: each["stringData"]
        for each in secrets(new())
        if each["metadata"]["namespace"] == "parley"
    }
    given = environment(overlay("dev"), part, made, keys)
    port = free_port()
    given[f"{part.upper()}_LISTEN_ADDRESS"] = f"127.0.0.1:{port}"
    given[f"{part.upper()}_METRICS_ADDRESS"] = f"127.0.0.1:{free_port()}"
    given = {
        name: text.replace(f"{keys}/", "/run/keys/") for name, text in given.items()
    }

    with confined(tmp_path, keys, [sys.executable, "-m", f"services.{part}"], given):
        assert patiently(ask_service)(f"127.0.0.1:{port}")


def test_the_edge_is_well_where_it_can_write_nothing(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    port = free_port()
    flags = [
        *("--auth", "127.0.0.1:1", "--chat", "127.0.0.1:2", "--llm", "127.0.0.1:3"),
        *(
            "--web",
            "127.0.0.1:4",
            "--port",
            str(port),
            "--admin-port",
            str(free_port()),
        ),
    ]

    with confined(
        tmp_path, keys, [sys.executable, "-m", "deploy.images.edge", *flags], {}
    ):
        assert patiently(ask_http)(port, "/healthz")


def test_nothing_can_be_written_there_indeed(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    (tmp_path / "root").mkdir()
    write = (
        "for f in / /etc /run/keys {} {}; do touch $f/x && echo $f; done; touch /tmp/x"
    )
    script = write.format(ROOT, sys.prefix)

    done = subprocess.run(
        [*UNSHARE, "sh", SCRIPT, tmp_path / "root", keys, code(), "sh", "-c", script],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == ""
