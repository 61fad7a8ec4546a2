"""A mailbox in the browser, in place of everybody's: maildev, from its npm package."""

import asyncio
import json
import re
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from deploy.local.state import State
from parley_client import Parley

FOLDER = Path(__file__).with_name("maildev")
PROGRAM = FOLDER / "node_modules/maildev/dist/bin/maildev.js"
# Half of what Node would take; the oldest mails go first.
SMALL = ("--max-semi-space-size=1", "--max-old-space-size=96", "--optimize-for-size")
MAX_MAILS = 500
HEALTH = "/api/healthz"
MAILS = "/api/email"
MAIL_SECONDS = 20.0
POLL = 0.1
CODE = re.compile(r"^\d{8}$", re.MULTILINE)


def command(node: Path, state: State, *, smtp: int, web: int) -> Sequence[str]:
    """Return the command that runs it, for this machine alone."""
    return [
        str(node),
        *SMALL,
        str(PROGRAM),
        *("--smtp", str(smtp), "--ip", "127.0.0.1"),
        *("--web", str(web), "--web-ip", "127.0.0.1"),
        *("--mail-directory", str(state.folder / "mailbox")),
        *("--max-emails", str(MAX_MAILS)),
        *("--hide-extensions", "STARTTLS"),
        "--silent",  # or its log would say who gets mail
    ]


async def sign_up(parley: Parley, email: str, password: str, port: int | None) -> bool:
    """Sign up, with the code that comes into a mailbox; False if none can be read."""
    verification = await parley.sign_up(email, password)
    if verification is None:
        return True
    if port is None:
        return False
    code = await asyncio.to_thread(wait_for_code, port, email)
    await parley.complete_sign_up(verification, code)
    return True


def wait_for_code(port: int, email: str) -> str:
    """Wait for the code that is sent to an address; take its mail away."""
    deadline = monotonic() + MAIL_SECONDS
    while monotonic() < deadline:
        for mail in ask(port, "GET", MAILS):
            found = CODE.search(mail["text"])
            if found and email in [to["address"] for to in mail["to"]]:
                ask(port, "DELETE", f"{MAILS}/{mail['id']}")
                return found[0]
        sleep(POLL)
    raise SystemExit(f"\nNo code came to {email} within {MAIL_SECONDS:.0f} s.")


def ask(port: int, method: str, path: str) -> Any:
    """Ask the mailbox."""
    connection = HTTPConnection("127.0.0.1", port, timeout=MAIL_SECONDS)
    try:
        connection.request(method, path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def port_of(state: State) -> int:
    """Return where the mailbox of a running system is."""
    return int(json.loads((state.folder / "ports.json").read_text())["mailbox"])
