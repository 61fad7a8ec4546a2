"""What prompts, assistants and memories have in common."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import grpc
import psycopg
import pytest

from parley.llm.v1 import assistant_service_pb2 as assistants_pb
from parley.llm.v1 import memory_service_pb2 as memories_pb
from parley.llm.v1 import prompt_service_pb2 as prompts_pb
from services.llm.assistants.model import MAX_ASSISTANTS
from services.llm.memories.model import MAX_MEMORIES
from services.llm.prompts.model import MAX_PROMPTS
from tests.calls import refusal
from tests.llm.kept.conftest import Keeping


@dataclass(frozen=True)
class Noun:
    """One kind of thing, as its RPCs call it."""

    one: str
    many: str
    plural: str  # in messages and resource names
    pb: Any
    make: Callable[[str], Any]  # one that says so
    said: Callable[[Any], str]
    more: dict[str, Any]  # of a request to create one
    maximum: int

    def request(self, rpc: str, **fields: Any) -> Any:
        """Make the request of an RPC."""
        return getattr(self.pb, f"{rpc}Request")(**fields)

    def call(self, keeping: Keeping, rpc: str, **fields: Any) -> Any:
        """Make a call."""
        stub = getattr(keeping, self.plural)
        return getattr(stub, rpc)(self.request(rpc, **fields), metadata=keeping.me)

    async def create(self, keeping: Keeping, text: str = "One", **more: Any) -> Any:
        """Create one."""
        fields = {self.field: self.make(text), **self.more, **more}
        created = await self.call(
            keeping, f"Create{self.one}", parent=keeping.parent, **fields
        )
        return getattr(created, self.field)

    async def listed(self, keeping: Keeping, **page: Any) -> tuple[list[Any], str]:
        """List them."""
        found = await self.call(
            keeping, f"List{self.many}", parent=keeping.parent, **page
        )
        return list(getattr(found, self.plural)), found.next_page_token

    @property
    def field(self) -> str:
        """What a message calls one."""
        return self.one.lower()


PROMPTS = Noun(
    "Prompt",
    "Prompts",
    "prompts",
    prompts_pb,
    lambda text: prompts_pb.Prompt(display_name=text),
    lambda prompt: str(prompt.display_name),
    {"text": "Be brief."},
    MAX_PROMPTS,
)
ASSISTANTS = Noun(
    "Assistant",
    "Assistants",
    "assistants",
    assistants_pb,
    lambda text: assistants_pb.Assistant(display_name=text),
    lambda assistant: str(assistant.display_name),
    {},
    MAX_ASSISTANTS,
)
MEMORIES = Noun(
    "Memory",
    "Memories",
    "memories",
    memories_pb,
    lambda text: memories_pb.Memory(text=text),
    lambda memory: str(memory.text),
    {},
    MAX_MEMORIES,
)
NOUNS = pytest.mark.parametrize(
    "noun", [PROMPTS, ASSISTANTS, MEMORIES], ids=lambda noun: noun.plural
)


@NOUNS
async def test_what_is_created_can_be_had_listed_changed_and_deleted(
    keeping: Keeping, noun: Noun
):
    created = await noun.create(keeping, "One")

    got = await noun.call(keeping, f"Get{noun.one}", name=created.name)
    listed, _ = await noun.listed(keeping)
    changed = noun.make("Two")
    changed.name = created.name
    updated = await noun.call(keeping, f"Update{noun.one}", **{noun.field: changed})
    await noun.call(keeping, f"Delete{noun.one}", name=created.name)
    left, _ = await noun.listed(keeping)

    assert getattr(got, noun.field) == created
    assert listed == [created]
    assert noun.said(getattr(updated, noun.field)) == "Two"
    assert left == []


@NOUNS
async def test_a_retry_creates_nothing_and_answers_the_same(
    keeping: Keeping, noun: Noun
):
    id = str(uuid4())

    first, second = await asyncio.gather(
        *(noun.create(keeping, request_id=id) for _ in range(2))
    )
    reused = await refusal(
        noun.call(
            keeping,
            f"Create{noun.one}",
            parent=keeping.parent,
            request_id=id,
            **{noun.field: noun.make("Other"), **noun.more},
        )
    )

    assert first == second
    assert (await noun.listed(keeping))[0] == [first]
    assert reused.reason == "REQUEST_ID_REUSED"


@NOUNS
async def test_pages_hold_each_once(keeping: Keeping, noun: Noun):
    names = {(await noun.create(keeping, f"N{number % 3}")).name for number in range(7)}

    found, token = [], ""
    while True:
        page, token = await noun.listed(keeping, page_size=3, page_token=token)
        found += page
        if not token:
            break

    assert len(found) == 7
    assert {each.name for each in found} == names


@pytest.mark.asvs("8.2.2")
@NOUNS
async def test_others_may_not_even_ask_whether_it_is_there(
    keeping: Keeping, noun: Noun
):
    created = await noun.create(keeping)
    other = keeping.somebody_else()
    changed = noun.make("Mine")
    changed.name = created.name

    for call in (
        noun.call(other, f"Get{noun.one}", name=created.name),
        noun.call(other, f"List{noun.many}", parent=keeping.parent),
        noun.call(other, f"Update{noun.one}", **{noun.field: changed}),
        noun.call(other, f"Delete{noun.one}", name=created.name),
        noun.call(
            other,
            f"Create{noun.one}",
            parent=keeping.parent,
            **{noun.field: noun.make("x"), **noun.more},
        ),
    ):
        refused = await refusal(call)
        assert refused.reason == "FORBIDDEN"
        assert refused.code is grpc.StatusCode.PERMISSION_DENIED
    assert (await noun.listed(keeping))[0] == [created]


@NOUNS
async def test_what_is_not_there_is_named(keeping: Keeping, noun: Noun):
    name = f"{keeping.parent}/{noun.plural}/{uuid4()}"
    changed = noun.make("x")
    changed.name = name

    for call in (
        noun.call(keeping, f"Get{noun.one}", name=name),
        noun.call(keeping, f"Update{noun.one}", **{noun.field: changed}),
        noun.call(keeping, f"Delete{noun.one}", name=name),
    ):
        refused = await refusal(call)
        assert refused.reason == f"{noun.field.upper()}_NOT_FOUND"
        assert refused.metadata == {noun.field: name}
    await noun.call(keeping, f"Delete{noun.one}", name=name, allow_missing=True)


@NOUNS
async def test_there_may_be_only_so_many_however_many_are_created_at_once(
    keeping: Keeping, noun: Noun, llm_database: str
):
    first = await noun.create(keeping)
    with psycopg.connect(llm_database) as connection:
        connection.execute(
            f"""
            CREATE TEMPORARY TABLE copies AS SELECT * FROM {noun.plural}
                CROSS JOIN generate_series(1, {noun.maximum - 3});
            ALTER TABLE copies DROP COLUMN generate_series;
            UPDATE copies SET id = gen_random_uuid();
            INSERT INTO {noun.plural} SELECT * FROM copies
            """
        )

    outcomes = await asyncio.gather(
        *(noun.create(keeping, f"x{number}") for number in range(6)),
        return_exceptions=True,
    )

    refused = [each for each in outcomes if isinstance(each, grpc.aio.AioRpcError)]
    assert len(refused) == 4, "two fit beside those that there are"
    assert {each.code() for each in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert first.name


@pytest.mark.asvs("2.2.1")
@NOUNS
@pytest.mark.parametrize("text", ["", "x" * 501, "two\nlines", "turned\u202e"])
async def test_a_name_is_one_visible_line(keeping: Keeping, noun: Noun, text: str):
    refused = await refusal(
        noun.call(
            keeping,
            f"Create{noun.one}",
            parent=keeping.parent,
            **{noun.field: noun.make(text), **noun.more},
        )
    )

    assert refused.reason == "INVALID_FIELD"
    assert (await noun.listed(keeping))[0] == []
