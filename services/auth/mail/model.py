"""What is written to people. No I/O."""

from typing import Literal

Kind = Literal[
    "verify_email",
    "email_in_use",
    "reset_password",
    "email_changed",
    "new_device",
    "credential_changed",
    "invitation",
]
