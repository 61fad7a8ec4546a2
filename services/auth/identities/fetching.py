"""How providers are asked: briefly, for a little JSON, and never somewhere else."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from services.auth.identities.model import IdentityProviderUnavailable, Untrusted

MAX_BYTES = 256 * 1024
TOTAL_SECONDS, CONNECT_SECONDS = 6.0, 3.0  # the edge waits a little longer
MAX_CONNECTIONS, MAX_CONNECTIONS_TO_HOST = 100, 20
RETRY_SECONDS = 5.0
# Not compressed: what comes is what is counted.
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}

Json = dict[str, Any]


class Fetcher:
    """
    Asks for JSON.

    `through_mesh`: what leaves this process is not encrypted; its sidecar does that,
    and the egress gateway begins TLS with the provider (`deploy/istio/`).
    """

    def __init__(self, session: aiohttp.ClientSession, *, through_mesh: bool) -> None:
        self._session = session
        self._through_mesh = through_mesh

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *, through_mesh: bool, seconds: float = TOTAL_SECONDS
    ) -> AsyncIterator["Fetcher"]:
        """Keep connections while the block runs."""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=MAX_CONNECTIONS, limit_per_host=MAX_CONNECTIONS_TO_HOST
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=HEADERS,
            timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS),
            auto_decompress=False,
        ) as session:
            yield cls(session, through_mesh=through_mesh)

    async def get(self, url: str, *, token: str = "") -> Any:
        """Get JSON, whatever it is."""
        return await self._ask("GET", url, headers=bearer(token))

    async def post(
        self, url: str, form: Mapping[str, str], *, authorization: str = ""
    ) -> Any:
        """Send a form, and get JSON."""
        headers = {"Authorization": authorization} if authorization else {}
        return await self._ask("POST", url, headers=headers, data=form)

    async def _ask(self, method: str, url: str, **options: Any) -> Any:
        if self._through_mesh and url.startswith("https://"):
            url = url.replace("https://", "http://", 1)
        try:
            asking = self._session.request(
                method, url, allow_redirects=False, **options
            )
            async with asking as response:
                if response.status >= 500 or response.status == 429:
                    raise IdentityProviderUnavailable(retry_seconds=RETRY_SECONDS)
                if response.status not in (200, 201):
                    raise Untrusted(f"HTTP status {response.status}")
                return parse(await body_of(response))
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise IdentityProviderUnavailable(retry_seconds=RETRY_SECONDS) from error
        except aiohttp.ClientError as error:
            raise Untrusted("no HTTP") from error


async def body_of(response: aiohttp.ClientResponse) -> bytes:
    """Read what comes, up to a bound."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise Untrusted("answer too large")
    return bytes(body)


def parse(body: bytes) -> Any:
    """Read JSON, or raise `Untrusted`."""
    try:
        return json.loads(body, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Untrusted("no JSON") from error


def refuse_constant(name: str) -> None:
    """Refuse what is no JSON though Python reads it: NaN and the like."""
    raise ValueError(name)


def object_of(value: Any) -> Json:
    """Return a JSON object, or raise `Untrusted`."""
    if not isinstance(value, dict):
        raise Untrusted("no JSON object")
    return value


def text_of(found: Json, name: str) -> str:
    """Return a text that has to be there, or raise `Untrusted`."""
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise Untrusted(f"no {name}")
    return value


def bearer(token: str) -> dict[str, str]:
    """Show an access token."""
    return {"Authorization": f"Bearer {token}"} if token else {}
