"""What is not on the web is not fetched, and no socket goes there."""

import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from services.llm.tools.builtin.addresses import public
from services.llm.tools.builtin.web_fetch import MAX_BYTES, WebFetch
from services.llm.tools.model import Call, CallFailed
from tests.llm.tools.hostile_urls import HOSTILE, NAMES

HERE = "127.0.0.9"  # where the tests' own web is, and nothing else

PAGE = """<html><head><title>A  page</title><style>p {}</style></head><body>
<nav>Menu</nav><h1>Heading</h1><p>First <b>bold</b> words.</p>
<script>alert(1)</script><p>Second&nbsp;paragraph.<br>Line</p><!-- hidden -->
<table><tr><td>a</td><td>b</td></tr></table></body></html>"""

FORM = """<html><body><form action="/go"><h1>Heading</h1>
<p>All of <label>it</label>.</p>
<input value="typed"><select><option>Choice</option></select><button>Go</button>
<textarea>Draft</textarea><p>The end.</p></form></body></html>"""

connected: list[str] = []
heard: list[bool] = []


def hear(event: str, arguments: tuple[object, ...]) -> None:
    """Note each connection that the process tries to make."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        connected.append(str(arguments[1][0]))


@pytest.fixture
def connections() -> list[str]:
    """The addresses that sockets went to, during a test."""
    if not heard:
        sys.addaudithook(hear)  # for good: there is no way back
        heard.append(True)
    connected.clear()
    return connected


class Resolver(AbstractResolver):
    """Answers as hostile name servers do; addresses as the system reads them."""

    def __init__(self, *answers: dict[str, list[str]]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        names = self._answers[min(self.asked.count(host), len(self._answers)) - 1]
        if host in names:
            found = names[host]
        else:
            info = socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)
            found = [str(each[4][0]) for each in info]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        pass


async def fetched(fetch: WebFetch, url: str) -> str:
    return await fetch.fetch(Call(user_id=uuid4(), arguments={"url": url}))


@pytest.mark.asvs("1.3.6")
@pytest.mark.parametrize("url", HOSTILE)
async def test_no_socket_goes_to_somebodys_own_network(
    url: str, connections: list[str]
):
    fetch = WebFetch(resolver=Resolver(NAMES))

    with pytest.raises(CallFailed):
        await fetched(fetch, url)

    assert connections == []


def test_there_are_enough_hostile_addresses():
    assert len({*HOSTILE}) >= 100


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "1.1.1.1",
        "172.15.0.1",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "2606:4700:4700::1111",
        "64:ff9b::101:101",
    ],
)
def test_the_web_is_on_the_web(address: str):
    assert public(address)


@pytest.fixture
async def site() -> AsyncIterator[int]:
    """A site on the tests' own web; its port."""
    app = web.Application()

    async def go(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.query["to"])

    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/plain"})
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b"x" * 65536)
        return response

    async def bomb(request: web.Request) -> web.Response:
        response = web.Response(text="0" * 20_000_000)
        response.enable_compression()
        return response

    app.router.add_get("/page", text(PAGE, "text/html"))
    app.router.add_get("/form", text(FORM, "text/html"))
    app.router.add_get("/plain", text("as it is", "text/plain"))
    app.router.add_get("/json", text('{"a": 1}', "application/json"))
    app.router.add_get("/picture", text("GIF", "image/gif"))
    app.router.add_get("/odd", text("odd", "text/plain; charset=punycode"))
    app.router.add_get("/go", go)
    app.router.add_get("/flood", flood)
    app.router.add_get("/bomb", bomb)
    app.router.add_get("/loop", loop)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, HERE, 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


async def loop(request: web.Request) -> web.Response:
    raise web.HTTPFound("/loop")


def text(body: str, kind: str):
    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=body.encode(), headers={"content-type": kind})

    return handle


def on_our_web(address: str) -> bool:
    return public(address) or address == HERE


@pytest.fixture
def fetch(site: int) -> WebFetch:
    """Fetches from the tests' own web, because a test says so."""
    names = {**NAMES, "site.example": [HERE], "other.example": [HERE]}
    return WebFetch(resolver=Resolver(names), allowed=on_our_web, ports={site, 80})


async def test_a_page_is_read_as_its_text(fetch: WebFetch, site: int):
    assert await fetched(fetch, f"http://site.example:{site}/page") == (
        "A page\n\nHeading\nFirst bold words.\nSecond paragraph.\nLine\na b"
    )


async def test_a_page_that_stands_in_a_form_is_read_without_its_fields(
    fetch: WebFetch, site: int
):
    assert await fetched(fetch, f"http://site.example:{site}/form") == (
        "Heading\nAll of it.\nThe end."
    )


@pytest.mark.parametrize(
    ("path", "said"), [("/plain", "as it is"), ("/json", '{"a": 1}'), ("/odd", "odd")]
)
async def test_text_and_json_are_read_as_they_are(
    fetch: WebFetch, site: int, path: str, said: str
):
    assert await fetched(fetch, f"http://site.example:{site}{path}") == said


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/picture", "only HTML, plain text and JSON"),
        ("/none", "the server answers 404"),
        ("/loop", "redirects too often"),
    ],
)
async def test_what_is_no_page_fails(fetch: WebFetch, site: int, path: str, why: str):
    with pytest.raises(CallFailed, match=why):
        await fetched(fetch, f"http://site.example:{site}{path}")


@pytest.mark.parametrize("path", ["/flood", "/bomb"])
async def test_of_a_page_without_end_the_beginning_is_read(
    fetch: WebFetch, site: int, path: str
):
    page = await fetched(fetch, f"http://site.example:{site}{path}")

    assert page.endswith("\n[the rest is not read]")
    assert len(page) < MAX_BYTES + 100


async def test_a_redirect_within_the_web_is_followed(fetch: WebFetch, site: int):
    other = f"http://other.example:{site}/plain"

    assert await fetched(fetch, f"http://site.example:{site}/go?to={other}") == (
        "as it is"
    )


@pytest.mark.asvs("1.3.6", "15.3.2")
@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://private.example/",
        "http://[::1]/",
        "//localhost/",
        "http://0x7f.1/",
        "file:///etc/passwd",
        "http://site.example:22/",
        "http://[::1",
    ],
)
async def test_a_redirect_elsewhere_is_not_followed(
    fetch: WebFetch, site: int, target: str, connections: list[str]
):
    with pytest.raises(CallFailed):
        await fetched(fetch, f"http://site.example:{site}/go?to={target}")

    assert connections == [HERE]


@pytest.mark.asvs("1.3.6")
async def test_a_name_that_changes_its_mind_leads_nowhere(
    site: int, connections: list[str]
):
    resolver = Resolver({"rebinding.example": [HERE]}, {"rebinding.example": ["::1"]})
    fetch = WebFetch(resolver=resolver, allowed=on_our_web, ports={site})

    first = await fetched(fetch, f"http://rebinding.example:{site}/plain")
    with pytest.raises(CallFailed):
        await fetched(fetch, f"http://rebinding.example:{site}/plain")

    assert first == "as it is"
    assert resolver.asked == ["rebinding.example"] * 2
    assert connections == [HERE]


@pytest.mark.asvs("1.3.6", "13.2.4")
async def test_only_hosts_that_the_operator_names_are_fetched(site: int):
    names = {"site.example": [HERE], "a.site.example": [HERE], "other.example": [HERE]}
    fetch = WebFetch(
        hosts=["*.site.example"],
        resolver=Resolver(names),
        allowed=on_our_web,
        ports={site},
    )

    assert await fetched(fetch, f"http://a.site.example:{site}/plain") == "as it is"
    for host in ("site.example", "other.example", "asite.example"):
        with pytest.raises(CallFailed, match="the operator does not allow"):
            await fetched(fetch, f"http://{host}:{site}/plain")


async def test_without_a_tests_word_this_machine_is_out_of_reach(site: int):
    fetch = WebFetch(ports={site})

    with pytest.raises(CallFailed, match="not on the public web"):
        await fetched(fetch, f"http://{HERE}:{site}/plain")
