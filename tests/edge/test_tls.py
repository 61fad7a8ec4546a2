"""TLS, where the edge ends it itself."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from edge.envoy.render import Edge
from edge.envoy.verify import with_certificate
from tests.edge.envoy_process import Envoy, running
from tests.edge.rpcs import ASK_FOR_IT

YEAR = 365 * 24 * 3600


@pytest.fixture(scope="module")
async def secure(
    edge: Edge, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Envoy]:
    """An edge with a certificate."""
    folder = tmp_path_factory.mktemp("tls")
    asked = with_certificate(replace(edge, tls_certificate="made below"), folder)
    async with running(asked, folder) as envoy:
        await envoy.until_keys()
        yield envoy


@pytest.fixture
def context(secure: Envoy) -> ssl.SSLContext:
    """Trusts its certificate."""
    return ssl.create_default_context(cafile=secure.edge.tls_certificate)


async def shaken(secure: Envoy, context: ssl.SSLContext) -> tuple[str, str]:
    """Shake hands; return the version of TLS and the cipher suite."""
    _, writer = await asyncio.open_connection(
        "127.0.0.1", secure.edge.port, ssl=context, server_hostname="localhost"
    )
    found: ssl.SSLObject = writer.get_extra_info("ssl_object")
    suite = found.cipher()
    writer.close()
    assert suite
    return found.version() or "", suite[0]


@pytest.mark.asvs("12.1.1")
async def test_the_newest_version_is_preferred(
    secure: Envoy, context: ssl.SSLContext
) -> None:
    version, _ = await shaken(secure, context)

    assert version == "TLSv1.3"


@pytest.mark.asvs("12.1.1")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_old_versions_are_refused(
    secure: Envoy, context: ssl.SSLContext, version: ssl.TLSVersion
) -> None:
    context.set_ciphers("ALL:@SECLEVEL=0")  # or else this side would refuse
    context.minimum_version = context.maximum_version = version

    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        await shaken(secure, context)


@pytest.mark.asvs("12.1.2")
async def test_every_suite_is_a_strong_one(
    secure: Envoy, context: ssl.SSLContext
) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ALL:@SECLEVEL=0")
    offered = {suite["name"] for suite in context.get_ciphers()}
    taken = set()
    for suite in offered:
        try:
            context.set_ciphers(f"{suite}:@SECLEVEL=0")
            taken.add((await shaken(secure, context))[1])
        except ssl.SSLError:
            continue

    assert "AES128-SHA" in offered
    assert taken == {
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
    }


@pytest.mark.asvs("12.1.2")
async def test_the_strongest_suite_is_preferred_whatever_the_caller_prefers(
    secure: Envoy, context: ssl.SSLContext
) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384")

    _, suite = await shaken(secure, context)

    assert suite == "ECDHE-ECDSA-AES256-GCM-SHA384"


@pytest.mark.asvs("12.2.1")
async def test_whoever_comes_without_tls_gets_nothing(secure: Envoy) -> None:
    with pytest.raises(aiohttp.ClientConnectionError):
        async with secure.http.get(f"http://localhost:{secure.edge.port}/"):
            pass


@pytest.mark.asvs("3.4.1")
@pytest.mark.parametrize(
    "path", ["/", "/.well-known/jwks.json", "/healthz", f"/v1/{ASK_FOR_IT.name}"]
)
async def test_browsers_are_told_to_come_by_tls_alone(
    secure: Envoy, context: ssl.SSLContext, path: str
) -> None:
    url = f"https://localhost:{secure.edge.port}{path}"
    async with secure.http.get(url, ssl=context) as response:
        (said,) = response.headers.getall("strict-transport-security")

    age, _, rest = said.partition("; ")
    assert int(age.removeprefix("max-age=")) >= YEAR
    assert rest == "includeSubDomains"
