"""How often passwords may be tried, asked of the running service."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import grpc
import pytest
from redis.asyncio import Redis

from services.auth.attempts.model import WINDOW_SECONDS, Limits
from services.kit.addresses import network
from services.kit.redis import TIMEOUT_SECONDS
from tests.auth.browser import PASSWORD, Api, Browser, new_email
from tests.auth.conftest import CountingHasher, Serve
from tests.calls import refusal

LIMITS = Limits()

WRONG = "wrong password"


async def reasons(guessers: list[Browser]) -> list[str]:
    refused = await asyncio.gather(*(refusal(guess.sign_in()) for guess in guessers))
    return [refusal.reason for refusal in refused]


@pytest.mark.asvs("2.4.1", "6.3.1")
async def test_guesses_at_the_same_time_do_not_slip_through(
    api: Api, alice: Browser, hasher: CountingHasher
):
    guessers = [Browser(api, alice.email, WRONG) for _ in range(200)]

    answers = await reasons(guessers)

    assert answers.count("TOO_MANY_ATTEMPTS") == 200 - LIMITS.pair
    assert len(hasher.verified) == LIMITS.pair


async def test_the_right_password_is_not_looked_at_any_more(
    api: Api, alice: Browser, hasher: CountingHasher
):
    await reasons([Browser(api, alice.email, WRONG)] * LIMITS.pair)

    refused = await refusal(alice.sign_in())

    assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.reason == "TOO_MANY_ATTEMPTS"
    assert refused.metadata == {}
    assert refused.retry_seconds
    assert WINDOW_SECONDS - 10 < refused.retry_seconds <= WINDOW_SECONDS
    assert len(hasher.verified) == LIMITS.pair


async def test_who_is_signed_in_stays_so(api: Api, alice: Browser):
    await reasons([Browser(api, alice.email, WRONG)] * (LIMITS.pair + 1))

    await alice.refresh()


async def test_an_address_that_nobody_has_is_treated_alike(api: Api, alice: Browser):
    known = [Browser(api, alice.email, WRONG)] * (LIMITS.pair + 3)
    unknown = [Browser(api, new_email(), WRONG)] * (LIMITS.pair + 3)

    assert sorted(await reasons(known)) == sorted(await reasons(unknown))


async def test_spelling_an_address_otherwise_is_no_way_around(api: Api, alice: Browser):
    await reasons([Browser(api, alice.email, WRONG)] * LIMITS.pair)

    for spelt in (alice.email.upper(), alice.email.title(), alice.email):
        refused = await refusal(Browser(api, spelt, PASSWORD).sign_in())
        assert refused.reason == "TOO_MANY_ATTEMPTS"


async def test_success_begins_anew(api: Api, alice: Browser):
    guesses = [Browser(api, alice.email, WRONG)] * (LIMITS.pair - 1)
    for _ in range(3):
        await reasons(guesses)
        await alice.sign_in()


async def test_others_are_not_shut_out(api: Api, alice: Browser, mallory: Browser):
    await reasons([Browser(api, alice.email, WRONG)] * (LIMITS.pair + 1))

    await mallory.sign_in()


@pytest.mark.asvs("2.4.1", "6.3.1")
async def test_one_network_address_tries_so_many_people_and_no_more(
    api: Api, alice: Browser, hasher: CountingHasher
):
    sprayed = [
        Browser(api, password=WRONG, address="203.0.113.7")
        for _ in range(LIMITS.address + 20)
    ]

    # In parts, because only so many may wait for a hash.
    answers = []
    for begin in range(0, len(sprayed), 40):
        answers += await reasons(sprayed[begin : begin + 40])

    assert answers.count("TOO_MANY_ATTEMPTS") == 20
    assert len(hasher.verified) == LIMITS.address
    alice.address = "203.0.113.7"
    assert (await refusal(alice.sign_in())).reason == "TOO_MANY_ATTEMPTS"
    newcomer = Browser(api, address="203.0.113.7")
    assert (await refusal(newcomer.sign_up())).reason == "TOO_MANY_ATTEMPTS"
    alice.address = "203.0.113.8"
    await alice.sign_in()


async def test_a_network_address_that_is_shut_out_shuts_nobody_out(
    api: Api, alice: Browser, redis_url: str
):
    async with Redis.from_url(redis_url) as redis:
        await reasons([Browser(api, password=WRONG, address="203.0.113.7")])
        (key,) = await redis.keys("auth:attempts:password:address:*")
        await redis.incrby(key, LIMITS.address)
    shut_out = Browser(api, alice.email, WRONG, address="203.0.113.7")

    await reasons([shut_out] * (LIMITS.pair + 1))

    await alice.sign_in()


@pytest.mark.asvs("4.1.3", "15.3.4")
async def test_what_a_client_says_of_its_address_is_not_believed(
    api: Api, alice: Browser, redis_url: str
):
    spoofing = [("x-forwarded-for", "198.51.100.1"), ("x-real-ip", "198.51.100.1")]

    class Spoofer(Browser):
        @property
        def metadata(self) -> list[tuple[str, str]]:
            return [*super().metadata, *spoofing]

    await reasons([Spoofer(api, alice.email, WRONG)])

    async with Redis.from_url(redis_url) as redis:
        assert await redis.keys("auth:attempts:password:address:*") == []


async def test_redis_holds_no_address_and_forgets(
    api: Api, alice: Browser, redis_url: str
):
    await reasons([Browser(api, alice.email, WRONG, address="203.0.113.7")])

    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        keys = [str(key) for key in await redis.keys()]
        lives = [await redis.pttl(key) for key in keys]
    # By address, by both, by whom it was tried on, and all of them.
    assert len(keys) == 4
    assert not any(alice.email in key or "203.0.113" in key for key in keys)
    assert all(0 < life <= WINDOW_SECONDS * 1000 for life in lives)


@pytest.mark.asvs("16.5.2", "16.5.3")
@pytest.mark.parametrize("redis", ["gone", "silent"])
async def test_without_redis_people_sign_in_and_guesses_are_limited(
    serve: Serve,
    tmp_path: Path,
    hasher: CountingHasher,
    redis: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("services.kit.redis.TIMEOUT_SECONDS", TIMEOUT_SECONDS)
    async with AsyncExitStack() as stack:
        url = f"unix://{tmp_path}/redis.sock"
        if redis == "silent":
            server = await asyncio.start_unix_server(swallow, tmp_path / "redis.sock")
            stack.push_async_callback(server.wait_closed)
            stack.callback(server.close)
        api = await stack.enter_async_context(serve(url, hasher))
        alice = await Browser(api).sign_up()
        await alice.sign_in()
        hashes = len(hasher.verified)

        answers = await reasons([Browser(api, alice.email, WRONG)] * 100)

        assert answers.count("TOO_MANY_ATTEMPTS") == 100 - LIMITS.pair
        assert len(hasher.verified) - hashes == LIMITS.pair
        await Browser(api).sign_up()


async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read whatever comes and never answer."""
    while await reader.read(1000):
        pass
    writer.close()


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("garbage", "garbage"),
    ],
)
def test_an_ipv6_client_is_its_network(address: str, counted: str):
    assert network(address) == counted
