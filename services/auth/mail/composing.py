"""Mails as they are sent: plain text, and the same as simple HTML."""

from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from email_validator import EmailNotValidError, validate_email

from services.auth.mail.model import MAX_VALUE, Mail, Undeliverable

TEXTS = Path(__file__).with_name("texts")
PAGE = (
    '<!doctype html><html lang="en"><body style="font: 16px/1.5 sans-serif; '
    'max-width: 36em; margin: 2em auto; padding: 0 1em">{}</body></html>\n'
)
CODE = '<p style="font: bold 28px monospace; letter-spacing: 3px">{}</p>'
PARAGRAPH = "<p>{}</p>"


class Composer:
    """Writes mails from one sender, about one installation."""

    def __init__(self, sender: str, site: str) -> None:
        name, address = parseaddr(sender)
        self._sender = Address(name, addr_spec=address)
        self._site = site.rstrip("/")

    def compose(self, mail: Mail) -> EmailMessage:
        """Write a mail; `Undeliverable` if nobody can have such an address."""
        when = mail.create_time.strftime("%d %B %Y, %H:%M UTC")
        values = {name: tame(value) for name, value in mail.values.items()}
        values |= {"when": when, "site": self._site}
        subject, paragraphs = filled(text(mail.kind), values)
        to = envelope(mail.to)
        message = EmailMessage(SMTP if to.isascii() else SMTPUTF8)
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = format_datetime(mail.create_time)
        # The same at every try, so that who gets it twice can tell.
        message["Message-ID"] = f"<{mail.id}@{self._sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers, please
        message.set_content("\n\n".join(paragraphs) + "\n", cte="quoted-printable")
        html = "\n".join(as_html(paragraph, values) for paragraph in paragraphs)
        message.add_alternative(
            PAGE.format(html), subtype="html", cte="quoted-printable"
        )
        return message


@cache
def text(kind: str) -> str:
    """Return the text of a kind: a subject, then paragraphs."""
    return (TEXTS / f"{kind}.txt").read_text()


def tame(value: str) -> str:
    """Return a value as one line of a bounded length, in which all can be seen."""
    line = "".join(c if c.isprintable() else " " for c in value[:MAX_VALUE])
    return " ".join(line.split())


def envelope(to: str) -> str:
    """Return an address as servers for mail understand it: ASCII, if it can be."""
    try:
        found = validate_email(to, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise Undeliverable from error
    return found.ascii_email or found.normalized


def filled(template: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """Fill in values; a line that tells what is not known is left out."""
    subject, _, body = template.partition("\n\n")
    paragraphs = []
    for paragraph in body.strip().split("\n\n"):
        lines = [
            Template(line).substitute(values)
            for line in paragraph.split("\n")
            if all(values.get(name) for name in Template(line).get_identifiers())
        ]
        if lines:
            paragraphs.append("\n".join(lines))
    return subject, paragraphs


def as_html(paragraph: str, values: Mapping[str, str]) -> str:
    """Write a paragraph as HTML: a code large, an address as a link."""
    safe = escape(paragraph)
    if paragraph == values.get("code"):
        return CODE.format(safe)
    if paragraph in (values["site"], values.get("link")):
        return PARAGRAPH.format(f'<a href="{safe}">{safe}</a>')
    return PARAGRAPH.format(safe.replace("\n", "<br>\n"))
