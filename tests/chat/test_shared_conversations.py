"""ShareService.GetSharedConversation: what somebody sees who has a link."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from uuid import uuid4

import grpc
import pytest

from services.chat.shares.model import MAX_BYTES, MAX_MESSAGES
from services.chat.shares.store import PostgresShares
from services.kit.buckets import Size
from services.kit.postgres import Database
from services.kit.times import timestamp
from tests.calls import refusal
from tests.chat.sharing import Sharing, sharing
from tests.identity import Identity, bearing


@pytest.fixture
async def me(chat_database: str, identity: Identity) -> AsyncIterator[Sharing]:
    """Somebody who may make links."""
    async with sharing(chat_database, identity) as sharing_:
        yield sharing_


@pytest.mark.asvs("8.2.2")
async def test_a_link_for_signed_in_users_is_for_any_of_them_and_nobody_else(
    me: Sharing, identity: Identity
):
    share = await me.shared(await me.conversation("Hello"), signed_in_only=True)

    refused = await refusal(me.look(share.token))
    shown = await me.look(share.token, *bearing(identity.token(uuid4())))

    assert share.signed_in_only
    assert refused.code is grpc.StatusCode.UNAUTHENTICATED
    assert refused.reason == "UNAUTHENTICATED"
    assert [message.text for message in shown.messages] == ["Hello"]


async def test_a_bad_token_is_refused_where_none_is_needed(
    me: Sharing, identity: Identity
):
    share = await me.shared(await me.conversation("Hello"))
    expired = {**identity.claims(uuid4()), "exp": 1}

    for token in ("nonsense", identity.sign(expired)):
        refused = await refusal(me.look(share.token, *bearing(token)))

        assert refused.reason == "UNAUTHENTICATED"


async def test_an_expired_link_leads_nowhere_before_it_is_dropped(me: Sharing):
    ends = timestamp(datetime.now(UTC) + timedelta(days=1))
    share = await me.shared(await me.conversation("Hello"), expire_time=ends)
    assert (await me.look(share.token)).expire_time == share.expire_time == ends

    await me.sql("UPDATE shares SET expire_time = now()")

    assert (await refusal(me.look(share.token))).reason == "SHARE_NOT_FOUND"
    assert (await refusal(me.delete(share.name))).reason == "SHARE_NOT_FOUND"
    assert await me.listed() == []
    assert len(await me.sql("SELECT 1 FROM shares")) == 1


async def test_expired_links_are_dropped(me: Sharing):
    conversation = await me.conversation("Hello")
    kept, *_ = [await me.shared(conversation) for _ in range(4)]
    await me.sql("UPDATE shares SET expire_time = now() WHERE token <> %s", kept.token)

    async with Database.connect(me.url) as database:
        dropped = [await PostgresShares(database).forget() for _ in range(2)]

    assert dropped == [3, 0]
    assert await me.listed() == [kept]
    assert len(await me.sql("SELECT 1 FROM share_tokens")) == 1


async def test_every_guess_is_answered_alike(me: Sharing):
    revoked = await me.shared(await me.conversation("Hello"))
    await me.delete(revoked.name)
    kept = await me.shared(await me.conversation("Hello"))
    guesses = [
        revoked.token,
        token_urlsafe(24),
        kept.token[:-1],
        kept.token.swapcase(),
        f"{kept.token} ",
        "'; DROP TABLE shares; --",
        "\0",
        "x" * 100_000,
    ]

    refusals = [await refusal(me.look(guess)) for guess in guesses]

    assert all(refused == refusals[0] for refused in refusals)
    assert refusals[0].code is grpc.StatusCode.NOT_FOUND
    assert refusals[0].reason == "SHARE_NOT_FOUND"
    assert refusals[0].metadata == {}
    assert (await refusal(me.look(""))).metadata["field"] == "token"


@pytest.mark.asvs("2.4.1")
async def test_ten_thousand_guesses_find_nothing_and_are_slowed_down(
    chat_database: str, identity: Identity
):
    here, there = (("x-envoy-external-address", f"203.0.113.{n}") for n in (1, 2))
    size = Size(burst=100, per_minute=1)

    # The clock stands still, so that nothing comes back while the test runs.
    async with sharing(chat_database, identity, size=size, clock=float) as me:
        share = await me.shared(await me.conversation("Hello"))
        refusals = [
            await refusal(me.look(token_urlsafe(24), here)) for _ in range(10_000)
        ]

        assert (await me.look(share.token, there)).messages
    reasons = [refused.reason for refused in refusals]
    assert reasons == ["SHARE_NOT_FOUND"] * 100 + ["RATE_LIMITED"] * 9_900
    assert refusals[-1].code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refusals[-1].retry_seconds
    assert 0 < refusals[-1].retry_seconds <= 60


async def test_calls_from_nowhere_share_a_bucket(
    chat_database: str, identity: Identity
):
    async with sharing(chat_database, identity, size=Size(2, 1)) as me:
        reasons = [(await refusal(me.look("guess"))).reason for _ in range(3)]

    assert reasons == ["SHARE_NOT_FOUND", "SHARE_NOT_FOUND", "RATE_LIMITED"]


async def test_of_a_long_branch_the_newest_messages_are_shown(me: Sharing):
    conversation = await me.conversation()
    # A chain: each message follows the one before.
    await me.sql(
        """
        INSERT INTO messages (user_id, conversation_id, id, parent_id, role, text,
            state, model, seq, create_time, end_time)
        SELECT %s, %s, lpad(to_hex(n), 32, '0')::uuid,
            CASE n WHEN 1 THEN NULL ELSE lpad(to_hex(n - 1), 32, '0')::uuid END,
            'user', n::text, 'completed', '', 1, now(), now()
        FROM generate_series(1, %s) n
        """,
        *(me.user, conversation, MAX_MESSAGES + 2),
    )

    share = await me.shared(conversation)
    shown = await me.look(share.token)

    assert share.truncated
    assert shown.truncated
    texts = [message.text for message in shown.messages]
    assert texts == [str(n + 3) for n in range(MAX_MESSAGES)]


async def test_of_a_large_branch_as_much_is_shown_as_one_message_can_hold(me: Sharing):
    large = "\N{GRINNING FACE}" * 900_000
    conversation = await me.conversation("x" * (MAX_BYTES // 2), large)

    share = await me.shared(conversation)
    shown = await me.look(share.token)

    assert shown.truncated
    assert [message.text for message in shown.messages] == [large]
