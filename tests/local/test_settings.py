"""What `make up` says of settings that a service does not take."""

from pathlib import Path

import pytest

from deploy.local.state import State
from deploy.local.supervisor import Supervisor, log_tail
from tests.stack import run_module, running

DIED = "2026-11-28 10:00:00,000 WARN exited: auth ({}; not expected)\n"


def deaths(folder: Path, *how: str) -> Supervisor:
    """Have auth die so, one death after the other."""
    state = State(folder, 8080)
    state.logs.mkdir(parents=True)
    log = state.logs / "supervisord.log"
    log.write_text("".join(map(DIED.format, how)))
    return Supervisor(state)


@pytest.mark.parametrize(
    ("how", "since", "refuses"),
    [
        (["exit status 2", "exit status 2"], 0, True),
        # What it died of before is mended, maybe.
        (["exit status 2", "exit status 2", "exit status 2"], 2, False),
        (["exit status 2"], 0, False),
        # It may come up yet: what it needs was away.
        (["exit status 2", "exit status 1"], 0, False),
        (["exit status 1", "exit status 2"], 0, False),
        (["terminated by SIGKILL", "terminated by SIGKILL"], 0, False),
    ],
)
def test_a_part_refuses_its_settings_that_says_so_twice(
    how: list[str], since: int, *, refuses: bool, tmp_path: Path
):
    assert deaths(tmp_path, *how).refuses("auth", since) is refuses


def test_what_is_said_again_and_again_is_shown_once(tmp_path: Path):
    log = tmp_path / "log"
    log.write_text("AUTH_X: is wrong\nb\n" + "AUTH_X: is wrong\n" * 14)

    assert log_tail(log) == "b\nAUTH_X: is wrong"


GOOD = """
providers:
- {id: google, kind: google, client_id: parley, client_secret: AUTH_GOOGLE_SECRET}
"""


async def test_up_ends_with_what_is_wrong_and_goes_on_when_it_is_mended(tmp_path: Path):
    file = tmp_path / "providers.yaml"
    file.write_text(GOOD)
    settings = {
        "AUTH_IDENTITY_PROVIDERS_FILE": str(file),
        "AUTH_GOOGLE_SECRET": "secret",
    }
    async with running(**settings) as stack:
        file.write_text(GOOD.replace("kind: google", "kind: nothing"))
        supervisor = Supervisor(State.of(stack.environment))
        supervisor.ask("signalProcess", "auth", "KILL")

        printed = await run_module(
            "deploy.local", "up", environment=stack.environment, code=1
        )

        assert "auth does not come up" in printed
        assert printed.count("providers[0].kind") == 1
        file.write_text(GOOD)
        await stack.local("up")
