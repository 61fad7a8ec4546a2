"""A mailbox in the browser, in place of everybody's: maildev, from its npm package."""

from collections.abc import Sequence
from pathlib import Path

from deploy.local.state import State

FOLDER = Path(__file__).with_name("maildev")
PROGRAM = FOLDER / "node_modules/maildev/dist/bin/maildev.js"
# Half of what Node would take; the oldest mails go first.
SMALL = ("--max-semi-space-size=1", "--max-old-space-size=96", "--optimize-for-size")
MAX_MAILS = 500
HEALTH = "/api/healthz"
MAILS = "/api/email"


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
    ]
