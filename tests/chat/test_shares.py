"""ShareService: making, listing and revoking links."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from parley.chat.v1 import share_service_pb2 as pb
from services.chat.shares.model import MAX_SHARES
from services.kit.times import timestamp
from tests.calls import refusal
from tests.chat.sharing import Sharing, sharing
from tests.identity import Identity, bearing


@pytest.fixture
async def me(chat_database: str, identity: Identity) -> AsyncIterator[Sharing]:
    """Somebody who may make links."""
    async with sharing(chat_database, identity) as sharing_:
        yield sharing_


@pytest.fixture
def stranger(me: Sharing, identity: Identity) -> Sharing:
    """Somebody else."""
    other = uuid4()
    return replace(me, user=other, me=bearing(identity.token(other)))


async def test_a_link_shows_what_was_said(me: Sharing):
    conversation = await me.conversation("Hello", "Hi there", title="Greetings")

    share = await me.shared(conversation)
    shown = await me.look(share.token)

    assert len(share.token) == 32
    assert share.conversation == f"{me.parent}/conversations/{conversation}"
    assert not share.HasField("expire_time")
    assert shown.title == share.title == "Greetings"
    assert [(each.role, each.text, each.model) for each in shown.messages] == [
        (1, "Hello", ""),
        (2, "Hi there", "a-model"),
    ]
    assert shown.create_time == share.create_time
    assert shown.messages[0].create_time.ToDatetime() <= share.create_time.ToDatetime()
    assert not shown.truncated


async def test_a_link_may_have_a_title_of_its_own(me: Sharing):
    share = await me.shared(await me.conversation("Hello"), title="For you")

    assert (await me.look(share.token)).title == "For you"


async def test_what_is_said_or_deleted_later_changes_no_link(me: Sharing):
    conversation = await me.conversation("Hello", "Hi")
    share = await me.shared(conversation)

    await me.message(conversation, None, "and more")
    await me.sql("UPDATE conversations SET delete_time = now(), title = 'other'")

    assert await me.texts(share.token) == ["Hello", "Hi"]
    assert (await me.look(share.token)).title == "A title"


async def test_a_link_goes_with_its_conversation(me: Sharing):
    share = await me.shared(await me.conversation("Hello"))

    await me.sql("DELETE FROM conversations")

    assert (await refusal(me.look(share.token))).reason == "SHARE_NOT_FOUND"
    assert await me.listed() == []
    assert await me.sql("SELECT 1 FROM share_tokens") == []


async def test_the_branch_that_is_shown_is_shared(me: Sharing):
    conversation = await me.conversation()
    first = await me.message(conversation, None, "first")
    chosen = await me.message(conversation, first, "chosen", role="assistant")
    await me.message(conversation, first, "newest", role="assistant")

    newest = await me.shared(conversation)
    await me.sql("UPDATE conversations SET current_message_id = %s", chosen)
    current = await me.shared(conversation)

    assert await me.texts(newest.token) == ["first", "newest"]
    assert await me.texts(current.token) == ["first", "chosen"]


async def test_a_reply_that_is_being_written_is_left_out(me: Sharing):
    conversation = await me.conversation()
    said = await me.message(conversation, None, "Tell me")
    await me.message(conversation, said, "Once", role="assistant", state="generating")

    share = await me.shared(conversation)

    assert await me.texts(share.token) == ["Tell me"]


async def test_a_conversation_without_a_message_that_ended_is_not_shared(me: Sharing):
    empty = await me.conversation()
    unfinished = await me.conversation()
    await me.message(unfinished, None, "Once", role="assistant", state="generating")

    refusals = [await refusal(me.share(each)) for each in (empty, unfinished)]

    assert {each.reason for each in refusals} == {"CONVERSATION_EMPTY"}
    assert {each.code for each in refusals} == {grpc.StatusCode.FAILED_PRECONDITION}
    assert await me.events() == []


async def test_a_missing_or_deleted_conversation_is_not_shared(me: Sharing):
    deleted = await me.conversation("Hello")
    await me.sql("UPDATE conversations SET delete_time = now()")

    for conversation in (deleted, uuid4()):
        refused = await refusal(me.share(conversation))
        assert refused.reason == "CONVERSATION_NOT_FOUND"
        assert refused.metadata["conversation"].endswith(str(conversation))


async def test_links_are_listed_newest_first_in_pages(me: Sharing):
    conversation = await me.conversation("Hello")
    made = [await me.shared(conversation, title=str(number)) for number in range(3)]

    seen: list[pb.Share] = []
    token = ""
    while True:
        page = await me.stub.ListShares(
            pb.ListSharesRequest(parent=me.parent, page_size=2, page_token=token),
            metadata=me.me,
        )
        seen += page.shares
        if not (token := page.next_page_token):
            break

    assert seen == made[::-1]


async def test_a_revoked_link_leads_nowhere(me: Sharing):
    share = await me.shared(await me.conversation("Hello"))

    await me.delete(share.name)

    assert (await refusal(me.look(share.token))).reason == "SHARE_NOT_FOUND"
    assert await me.listed() == []
    assert (await refusal(me.delete(share.name))).reason == "SHARE_NOT_FOUND"
    await me.delete(share.name, allow_missing=True)
    assert await me.events() == ["share_created", "share_deleted"]


async def test_a_retry_makes_no_second_link(me: Sharing):
    conversation, request_id = await me.conversation("Hello"), str(uuid4())

    first, *others = await asyncio.gather(
        *(me.shared(conversation, request_id=request_id) for _ in range(5))
    )

    assert all(other == first for other in others)
    assert await me.listed() == [first]
    assert await me.events() == ["share_created"]
    other = me.share(conversation, request_id=request_id, title="another")
    assert (await refusal(other)).reason == "REQUEST_ID_REUSED"


async def test_revoking_is_safe_to_retry(me: Sharing):
    share = await me.shared(await me.conversation("Hello"))
    request_id = str(uuid4())

    for _ in range(2):
        await me.delete(share.name, request_id=request_id)

    assert await me.events() == ["share_created", "share_deleted"]


@pytest.mark.parametrize(
    "expire_time",
    [
        timestamp(datetime.now(UTC) - timedelta(seconds=1)),
        timestamp(datetime.now(UTC) + timedelta(days=367)),
        Timestamp(seconds=2**60),
        Timestamp(nanos=-5),
    ],
    ids=["past", "far", "absurd", "broken"],
)
async def test_a_link_cannot_end_in_the_past_or_far_away(
    me: Sharing, expire_time: Timestamp
):
    call = me.share(await me.conversation("Hello"), expire_time=expire_time)

    refused = await refusal(call)

    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "share.expire_time"
    assert await me.listed() == []


@pytest.mark.parametrize("title", ["x" * 201, "a\0b"])
async def test_a_bad_title_is_refused(me: Sharing, title: str):
    refused = await refusal(me.share(await me.conversation("Hello"), title=title))

    assert refused.metadata["field"] == "share.title"


async def test_nobody_makes_lists_or_revokes_links_for_another(
    me: Sharing, stranger: Sharing
):
    conversation = await me.conversation("Hello")
    share = await me.shared(conversation)
    theirs = f"{me.parent}/conversations/{conversation}"

    refusals = [
        await refusal(replace(me, me=stranger.me).share(conversation)),
        await refusal(
            stranger.stub.CreateShare(
                pb.CreateShareRequest(
                    parent=stranger.parent, share=pb.Share(conversation=theirs)
                ),
                metadata=stranger.me,
            )
        ),
        await refusal(
            stranger.stub.ListShares(
                pb.ListSharesRequest(parent=me.parent), metadata=stranger.me
            )
        ),
        await refusal(stranger.delete(share.name)),
        await refusal(stranger.delete(f"{me.parent}/shares/{uuid4()}")),
    ]

    assert {refused.reason for refused in refusals} == {"FORBIDDEN"}
    assert await me.listed() == [share]


async def test_a_user_has_so_many_links_and_no_more(me: Sharing):
    conversation = await me.conversation("Hello")
    await fill(me, conversation, MAX_SHARES - 2)

    made = await asyncio.gather(
        *(me.share(conversation) for _ in range(6)), return_exceptions=True
    )

    assert len([one for one in made if isinstance(one, pb.CreateShareResponse)]) == 2
    refused = await refusal(me.share(conversation))
    assert refused.reason == "TOO_MANY_SHARES"
    assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    await me.sql("UPDATE shares SET expire_time = now()")
    await me.shared(conversation)


async def fill(me: Sharing, conversation: UUID, count: int) -> None:
    await me.sql(
        """
        INSERT INTO shares (user_id, id, conversation_id, title, token, signed_in_only,
            messages, truncated, create_time)
        SELECT %s, gen_random_uuid(), %s, '', '', false, '[]', false, now()
        FROM generate_series(1, %s)
        """,
        *(me.user, conversation, count),
    )
