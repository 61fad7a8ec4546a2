"""What people are written."""

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import get_args
from uuid import uuid4

import pytest

from services.auth.mail.composing import TEXTS, Composer
from services.auth.mail.model import MAX_VALUE, Kind, Mail, Undeliverable

COMPOSER = Composer("Parley <no-reply@parley.example>", "https://chat.example.com/")
WHEN = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
FULL = {
    "code": "12345678",
    "device": "Firefox",
    "address": "192.0.2.7",
    "change": "Your password was changed",
    "inviter": "Ada",
    "link": "https://chat.example.com/join",
}


def composed(
    kind: Kind = "verify_email", to: str = "ada@example.com", **values: str
) -> EmailMessage:
    return COMPOSER.compose(
        Mail(id=uuid4(), kind=kind, to=to, values=values, create_time=WHEN)
    )


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("kind", set(get_args(Kind)) - {"nobody"})
def test_every_kind_has_a_text_that_is_whole_in_both_forms(kind: Kind):
    message = composed(kind, **FULL)

    assert message["Subject"]
    assert message["From"] == "Parley <no-reply@parley.example>"
    assert message["To"] == "ada@example.com"
    for form in ("plain", "html"):
        text = part(message, form)
        assert "https://chat.example.com" in text
        assert "$" not in text
    assert {file.stem for file in TEXTS.iterdir()} == set(get_args(Kind)) - {"nobody"}


def test_a_code_stands_alone_in_its_line_and_not_in_the_subject():
    message = composed(code="12345678")

    assert "\n\n12345678\n\n" in part(message, "plain").replace("\r\n", "\n")
    assert "12345678" not in message["Subject"]


def test_a_line_that_tells_what_is_not_known_is_left_out():
    text = part(composed("new_device", device="Firefox"), "plain")

    assert "Device: Firefox" in text
    assert "Network address" not in text
    assert "28 November 2026, 09:30 UTC" in text


@pytest.mark.asvs("1.3.11")
@pytest.mark.parametrize(
    "value",
    ["x\r\nBcc: eve@example.com", "x\nTo: eve@example.com", "x\u2028y", "x\0y"],
)
def test_a_value_adds_no_header_and_no_line(value: str):
    message = composed("credential_changed", change=value)

    assert message["Bcc"] is None
    assert message.get_all("To") == ["ada@example.com"]
    lines = part(message, "plain").splitlines()
    assert any(line.startswith("x ") and line.endswith(".") for line in lines)
    assert not any(line.startswith(("Bcc", "To")) for line in lines)


@pytest.mark.parametrize(
    "to",
    [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "ada@example.com\n",
        "<ada@example.com>",
        "ada",
        "a" * 65 + "@example.com",
        "ada@" + "a" * 300 + ".com",
    ],
)
@pytest.mark.asvs("1.3.11")
def test_no_address_names_anybody_else(to: str):
    with pytest.raises(Undeliverable):
        composed(to=to, code="1")


@pytest.mark.asvs("1.2.1")
def test_what_looks_like_markup_is_text():
    message = composed("credential_changed", change='<img src="x"> & <b>you</b>')

    assert "&lt;img src=&quot;x&quot;&gt; &amp; &lt;b&gt;you" in part(message, "html")
    assert "<img" not in part(message, "html")


def test_what_somebody_else_chose_is_bounded():
    text = part(composed("credential_changed", change="x" * 10_000), "plain")

    assert "x" * MAX_VALUE in text
    assert "x" * (MAX_VALUE + 1) not in text


def test_a_domain_in_another_script_is_sent_as_ascii():
    assert composed(to="ada@exämple.org", code="1")["To"] == "ada@xn--exmple-cua.org"


def test_a_mail_that_comes_twice_can_be_told():
    mail = Mail(id=uuid4(), kind="nobody", to="", values={}, create_time=WHEN)
    twice = [
        COMPOSER.compose(
            Mail(
                id=mail.id,
                kind="email_in_use",
                to="a@b.org",
                values={},
                create_time=WHEN,
            )
        )
        for _ in range(2)
    ]

    assert twice[0]["Message-ID"] == twice[1]["Message-ID"]
    assert twice[0]["Auto-Submitted"] == "auto-generated"
