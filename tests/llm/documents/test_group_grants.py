"""What is shared with a group is shared with who is in it, for as long as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest

from parley.llm.v1 import collection_service_pb2 as pb
from parley.llm.v1 import generation_pb2 as answer_pb
from parley.llm.v1 import generation_service_pb2 as generation_pb
from parley.llm.v1 import generation_service_pb2_grpc as generation_grpc
from services.kit.delegation import Delegation
from services.llm.providers.offline import OfflineProvider
from tests.calls import everything, refusal
from tests.identity import CHAT, EVERYTHING, bearing
from tests.llm.documents.knowledge import Collection, Document, Knowing, named
from tests.llm.documents.test_collections import delete, get, move, names
from tests.llm.documents.test_collections import update as change
from tests.serving import channel_to, llm_serving

SALES, LEGAL = uuid4(), uuid4()
SCOPE = EVERYTHING.replace("users_read ", "")  # of who may not see all groups


@pytest.fixture
def member(me: Knowing) -> Knowing:
    """Somebody else, who is in Sales."""
    return me.other().within(SALES)


def plain(me: Knowing, *groups: UUID) -> Knowing:
    """The same user, who may not see all groups, and is in these."""
    claims = me.identity.claims(me.user) | {
        "scope": SCOPE,
        "groups": [str(group) for group in groups],
    }
    return replace(me, me=bearing(me.identity.sign(claims)))


@pytest.mark.asvs("8.2.2", "8.2.3")
async def test_a_member_reads_and_searches_but_changes_and_sees_no_readers(
    me: Knowing, member: Knowing
):
    shared = await me.collection("Papers", SALES)
    document = await me.upload("The fox jumps.", collection=shared.name)

    seen = await get(member, shared.name)
    found = await member.search("fox")

    assert shared.readers == [f"groups/{SALES}"]
    assert (seen.display_name, list(seen.readers)) == ("Papers", [])
    assert [passage.citation.document for passage in found] == [document.name]
    assert await member.quotes("fox", collections=[shared.name]) == ["The fox jumps."]
    assert await member.quotes("fox", documents=[document.name]) == ["The fox jumps."]
    assert await names(member) == ["Papers"]
    assert await member.listed(shared.name) == [document.name]
    assert await member.listed() == []
    assert await member.get(document.name) == document
    assert (await member.read(document.name)).page.text == "The fox jumps."
    assert await member.download(document.name) == b"The fox jumps."
    assert (await member.done(document.name)).state == Document.STATE_READY
    for call in (
        change(member, Collection(name=shared.name, display_name="Mine")),
        delete(member, shared.name),
        member.delete(document.name),
        member.share(shared, member),
        member.create(1, collection=shared.name),
    ):
        assert (await refusal(call)).reason == "FORBIDDEN"


@pytest.mark.asvs("8.2.2")
async def test_who_has_left_the_group_is_refused_everywhere(
    me: Knowing, member: Knowing
):
    shared = await me.collection("Papers", SALES)
    document = await me.upload("The fox jumps.", collection=shared.name)
    assert await member.quotes("fox")

    for left in (member.within(), member.within(LEGAL)):
        assert await left.quotes("fox") == []
        assert await names(left) == []
        for call in (
            left.get(document.name),
            left.read(document.name),
            left.download(document.name),
            left.done(document.name),
            left.search("fox", documents=[document.name]),
        ):
            assert (await refusal(call)).reason == "DOCUMENT_NOT_FOUND"
        for call in (
            get(left, shared.name),
            left.listed(shared.name),
            left.search("fox", collections=[shared.name]),
        ):
            assert (await refusal(call)).reason == "COLLECTION_NOT_FOUND"


async def test_a_grant_that_is_taken_back_leaves_the_others(
    me: Knowing, member: Knowing, stranger: Knowing
):
    shared = await me.collection("Papers", SALES, stranger)
    await me.upload("The fox jumps.", collection=shared.name)

    left = await me.share(shared, stranger)
    assert await member.quotes("fox") == []
    assert await stranger.quotes("fox") == ["The fox jumps."]
    again = await me.share(shared, SALES)

    assert left.readers == [stranger.parent]
    assert again.readers == [f"groups/{SALES}"]
    assert await member.quotes("fox") == ["The fox jumps."]
    assert await stranger.quotes("fox") == []
    assert await names(stranger) == []


async def test_what_is_shared_in_several_ways_is_there_once(
    me: Knowing, member: Knowing
):
    shared = await me.collection("Papers", SALES, LEGAL, member, SALES)
    await me.upload("The fox jumps.", collection=shared.name)
    both = member.within(SALES, LEGAL)
    owner = me.within(SALES)

    assert shared.readers == [member.parent, *map(named, (SALES, LEGAL))]
    for reader in (both, owner):
        assert await names(reader) == ["Papers"]
        assert await reader.quotes("fox") == ["The fox jumps."]


async def test_shared_collections_are_listed_page_by_page(me: Knowing, member: Knowing):
    for name in ("a", "B", "c"):
        await me.collection(name, *((SALES,) if name != "B" else (member, SALES)))
    await member.collection("own")
    await me.collection("hidden", LEGAL)

    assert await names(member, 1) == ["own", "a", "B", "c"]


async def test_a_document_that_is_moved_out_is_no_longer_the_groups(
    me: Knowing, member: Knowing
):
    shared, own = await me.collection("Shared", SALES), await me.collection("Own")
    document = await me.upload("The fox jumps.", collection=shared.name)

    await move(me, document, own.name)

    assert await member.quotes("fox") == []
    assert (await refusal(member.get(document.name))).reason == "DOCUMENT_NOT_FOUND"


@pytest.mark.asvs("8.2.1")
async def test_an_owner_names_groups_they_are_in_and_others_only_stay(me: Knowing):
    owner = plain(me, SALES)
    shared = await owner.collection("Papers", SALES)

    assert (await refusal(owner.collection("No", LEGAL))).reason == "INVALID_FIELD"
    assert (await refusal(owner.share(shared, SALES, LEGAL))).reason == "INVALID_FIELD"
    left = plain(me)
    stayed = await left.share(shared, SALES)
    renamed = await change(left, Collection(name=shared.name, display_name="Notes"))
    gone = await left.share(shared)

    assert stayed.readers == renamed.readers == [f"groups/{SALES}"]
    assert gone.readers == []
    assert (await refusal(left.share(shared, SALES))).reason == "INVALID_FIELD"
    assert await names(me) == ["Notes"]


async def test_who_may_list_all_groups_may_name_any(me: Knowing):
    shared = await me.collection("Papers", LEGAL)

    assert shared.readers == [f"groups/{LEGAL}"]


@pytest.mark.parametrize(
    "readers",
    [
        [f"groups/{UUID(int=n)}" for n in range(101)],
        [f"{kind}/{UUID(int=n)}" for n in range(51) for kind in ("users", "groups")],
    ],
)
async def test_a_collection_has_100_readers_at_most(me: Knowing, readers: list[str]):
    request = pb.CreateCollectionRequest(
        parent=me.parent, collection=Collection(display_name="a", readers=readers)
    )

    refused = await refusal(me.collections.CreateCollection(request, metadata=me.me))

    assert refused.reason == "INVALID_FIELD"


@pytest.mark.parametrize("name", ["groups/x", "groups/", f"roles/{SALES}", str(SALES)])
async def test_what_is_neither_a_user_nor_a_group_is_no_reader(me: Knowing, name: str):
    request = pb.CreateCollectionRequest(
        parent=me.parent, collection=Collection(display_name="a", readers=[name])
    )

    refused = await refusal(me.collections.CreateCollection(request, metadata=me.me))

    assert refused.reason == "INVALID_NAME"


async def test_a_group_is_no_user_and_a_user_is_no_group(me: Knowing):
    group = me.other()
    shared = await me.collection("Papers", group)
    await me.upload("The fox jumps.", collection=shared.name)

    same = me.other().within(group.user)
    assert await same.quotes("fox") == []
    assert await names(same) == []
    await me.share(shared, group.user)

    assert await group.quotes("fox") == []
    assert await names(group) == []
    assert await same.quotes("fox") == ["The fox jumps."]


@pytest.fixture
async def generation(
    me: Knowing,
) -> AsyncIterator[generation_grpc.GenerationServiceAsyncStub]:
    """An llm that quotes what it finds."""
    async with (
        llm_serving(
            OfflineProvider(), me.identity, retriever=me.opened.retrieving
        ) as address,
        channel_to(address) as channel,
    ):
        yield generation_grpc.GenerationServiceStub(channel)


async def answered(
    stub: generation_grpc.GenerationServiceAsyncStub, token: str, **knowledge: Any
) -> str:
    """Ask, and return the answer."""
    turn = answer_pb.Turn(role=answer_pb.ROLE_USER, text="What does the fox do?")
    request = generation_pb.GenerateRequest(
        turns=[turn],
        options=answer_pb.GenerationOptions(knowledge=answer_pb.Knowledge(**knowledge)),
    )
    events = await everything(stub.Generate(request, metadata=bearing(token)))
    return "".join(event.delta.text for event in events)


async def test_an_answer_rests_on_what_the_groups_of_its_token_may_read(
    me: Knowing,
    member: Knowing,
    generation: generation_grpc.GenerationServiceAsyncStub,
):
    shared = await me.collection("Papers", SALES)
    await me.upload("The fox jumps.", collection=shared.name)
    chat, sales = Delegation(me.identity.chat_key, CHAT), frozenset({SALES})

    for token in (
        me.identity.token(member.user, SALES),
        chat.token(member.user, sales),
    ):
        assert "The fox jumps." in await answered(generation, token, all=True)
        assert "The fox jumps." in await answered(
            generation, token, collections=[shared.name]
        )
    for token in (me.identity.token(member.user, LEGAL), chat.token(member.user)):
        assert "jumps" not in await answered(generation, token, all=True)
        with pytest.raises(grpc.aio.AioRpcError):
            await answered(generation, token, collections=[shared.name])
