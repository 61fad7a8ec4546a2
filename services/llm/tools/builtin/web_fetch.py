"""Reads a page of the web, and nothing that is not on it."""

import asyncio
import codecs
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from services.llm.model import ToolSpec
from services.llm.tools.builtin.addresses import public
from services.llm.tools.builtin.html import text_of
from services.llm.tools.model import Call, CallFailed

MAX_URL = 2_000
MAX_BYTES = 1024 * 1024
MAX_REDIRECTS = 5
MAX_ADDRESSES = 8
AT_ONCE = 32
SECONDS = 15.0
CONNECT_SECONDS = 5.0
PORTS = frozenset({80, 443})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HTML = frozenset({"text/html", "application/xhtml+xml"})
PLAIN = frozenset({"text/plain", "text/markdown", "application/json", "text/csv"})
ENCODINGS = re.compile(
    r"utf-8|utf-16(-[lb]e)?|ascii|iso8859-\d+|cp125\d|cp932|gb2312|gbk|gb18030|big5"
    r"|shift_jis|euc_jp|euc_kr|koi8-[ru]"
)
AGENT = "Parley/1 (+web_fetch)"
HEADERS = {"user-agent": AGENT, "accept": "text/html,text/plain,application/json"}

SPEC = ToolSpec(
    "web_fetch",
    "Reads one public page of the web and returns its text. For an address that the "
    "user named or that a search found.",
    {
        "type": "object",
        "properties": {
            "url": {
                "type": "string",
                "description": "address that begins with http:// or https://",
                "minLength": 1,
                "maxLength": MAX_URL,
            }
        },
        "required": ["url"],
        "additionalProperties": False,
    },
)

Allowed = Callable[[str], bool]


class WebFetch:
    """
    Fetches what lies at public addresses alone.

    A name is resolved here, once for each request, all its addresses are checked, and
    the connection goes to one of those: there is no second look-up that could say
    something else. Each socket is checked again before it is made. `allowed` and
    `ports` are there for tests, whose servers are on this machine.
    """

    def __init__(
        self,
        *,
        hosts: Sequence[str] = (),
        resolver: AbstractResolver | None = None,
        allowed: Allowed = public,
        ports: Iterable[int] = PORTS,
    ) -> None:
        self._hosts = tuple(host.lower() for host in hosts)
        self._resolver = resolver
        self._allowed = allowed
        self._ports = frozenset(ports)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, call: Call) -> str:
        """Read the page that a call names."""
        try:
            async with self._turns, asyncio.timeout(SECONDS):
                return await self._fetch(call.text("url"))
        except TimeoutError as error:
            raise CallFailed("the page does not come in time") from error
        except (aiohttp.ClientError, OSError, ValueError, UnicodeError) as error:
            raise CallFailed("the page cannot be fetched") from error

    async def _fetch(self, text: str) -> str:
        url = self._checked(text)
        connector = aiohttp.TCPConnector(
            resolver=Checking(self._resolver or Names(), self._allowed),
            socket_factory=self._socket,
            use_dns_cache=False,
            force_close=True,
            limit=2,
        )
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=HEADERS,
            timeout=aiohttp.ClientTimeout(total=SECONDS, sock_connect=CONNECT_SECONDS),
        ) as session:
            for _ in range(MAX_REDIRECTS + 1):
                async with session.get(url, allow_redirects=False) as response:
                    if response.status not in REDIRECTS:
                        return await page(response)
                    target = response.headers.get("location", "")
                url = self._checked(str(url.join(URL(target))))
        raise CallFailed("the page redirects too often")

    def _checked(self, text: str) -> URL:
        """Read an address, or say what is wrong with it."""
        if len(text) > MAX_URL or not text.isprintable():
            raise CallFailed("this is no address of a page")
        url = URL(text.strip())
        if url.scheme not in ("http", "https"):
            raise CallFailed("only http and https addresses can be fetched")
        if url.user is not None or url.password is not None:
            raise CallFailed("an address with a user name cannot be fetched")
        if not url.host or url.port not in self._ports:
            raise CallFailed("only the ports 80 and 443 can be fetched")
        host = url.host.lower().rstrip(".")
        if self._hosts and not any(covers(pattern, host) for pattern in self._hosts):
            raise CallFailed("the operator does not allow this host")
        if is_address(host) and not self._allowed(host):
            raise CallFailed("this address is not on the public web")
        return url

    def _socket(self, info: Any) -> socket.socket:
        """Make a socket, for an address that was checked."""
        family, kind, protocol, _, address = info
        if not self._allowed(address[0]):
            raise CallFailed("this address is not on the public web")
        return socket.socket(family, kind, protocol)


class Checking(AbstractResolver):
    """Resolves names; one that also leads elsewhere than to the web is refused."""

    def __init__(self, resolver: AbstractResolver, allowed: Allowed) -> None:
        self._resolver = resolver
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not found or not all(self._allowed(each["host"]) for each in found):
            raise CallFailed("this address is not on the public web")
        return found[:MAX_ADDRESSES]

    async def close(self) -> None:
        await self._resolver.close()


class Names(aiohttp.ThreadedResolver):
    """Asks the system, which needs a loop: so it is made when it is used."""


async def page(response: aiohttp.ClientResponse) -> str:
    """Return the text of a page, as much as is read of it."""
    if response.status >= 400:
        raise CallFailed(f"the server answers {response.status}")
    if response.content_type not in HTML | PLAIN:
        raise CallFailed("only HTML, plain text and JSON can be read")
    data, more = bytearray(), False
    async for chunk in response.content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) > MAX_BYTES:
            more = True
            break
    if more:
        response.close()  # whatever else it has to say
    body = bytes(data[:MAX_BYTES])
    if response.content_type in HTML:
        text = await asyncio.to_thread(text_of, body, known(response.charset))
    else:
        text = body.decode(known(response.charset) or "utf-8", "replace")
    return f"{text}\n[the rest is not read]" if more else text


def known(charset: str | None) -> str | None:
    """Return the name of an encoding, if it is one that pages are written in."""
    try:
        name = codecs.lookup(charset or "").name
    except (LookupError, ValueError):
        return None
    return name if ENCODINGS.fullmatch(name) else None


def covers(pattern: str, host: str) -> bool:
    """Tell whether `example.com`, or `*.example.com`, means a host."""
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return host == pattern


def is_address(host: str) -> bool:
    """Tell whether a host is no name, but an address."""
    return ":" in host or host.replace(".", "").isdigit()
