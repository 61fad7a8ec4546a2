"""What assistants, prompts and memories make of what is wanted."""

from uuid import uuid4

import pytest

from parley.llm.v1 import assistant_service_pb2 as assistants_pb
from parley.llm.v1 import generation_pb2 as generation_pb
from parley.llm.v1 import memory_service_pb2 as memories_pb
from parley.llm.v1 import prompt_service_pb2 as prompts_pb
from services.kit.caller import Forbidden
from services.kit.errors import InvalidField
from services.llm.assistants.model import AssistantNotFound
from services.llm.generation.ports import Brief
from services.llm.names import AssistantName, DocumentName, PromptName
from services.llm.prompts.model import PromptNotFound
from services.llm.wanted import Knowledge, Options, Wanted
from tests.llm.kept.conftest import Keeping


async def assistant(keeping: Keeping, **fields: object) -> AssistantName:
    created = await keeping.assistants.CreateAssistant(
        assistants_pb.CreateAssistantRequest(
            parent=keeping.parent,
            assistant=assistants_pb.Assistant(display_name="Ada", **fields),  # type: ignore[arg-type]  # by name
        ),
        metadata=keeping.me,
    )
    return AssistantName.parse(created.assistant.name)


async def prompt(keeping: Keeping, text: str) -> PromptName:
    created = await keeping.prompts.CreatePrompt(
        prompts_pb.CreatePromptRequest(
            parent=keeping.parent, prompt=prompts_pb.Prompt(display_name="P"), text=text
        ),
        metadata=keeping.me,
    )
    return PromptName.parse(created.prompt.name)


async def remember(keeping: Keeping, text: str) -> None:
    await keeping.memories.CreateMemory(
        memories_pb.CreateMemoryRequest(
            parent=keeping.parent, memory=memories_pb.Memory(text=text)
        ),
        metadata=keeping.me,
    )


def wanted(keeping: Keeping, model: str = "", **options: object) -> Wanted:
    return Wanted(
        user_id=keeping.user,
        turns=(),
        model=model,
        options=Options(**options),  # type: ignore[arg-type]  # by name
    )


async def test_nothing_makes_nothing(keeping: Keeping):
    assert await keeping.briefs.brief(wanted(keeping)) == Brief()


async def test_an_assistant_says_what_the_caller_leaves_open(keeping: Keeping):
    document = DocumentName.new(uuid4())
    name = await assistant(
        keeping,
        instructions="Be brief.",
        model="large",
        tools=["tools/calculator"],
        knowledge=generation_pb.Knowledge(documents=[str(document)]),
        temperature=0.0,
    )

    brief = await keeping.briefs.brief(wanted(keeping, assistant=name))
    over = await keeping.briefs.brief(
        wanted(
            keeping,
            model="small",
            assistant=name,
            tools=("current_time",),
            knowledge=Knowledge(all=True),
            temperature=1.0,
        )
    )

    assert brief == Brief(
        instructions="Be brief.",
        model="large",
        knowledge=Knowledge(documents=(document,)),
        tools=("calculator",),
        temperature=0.0,
    )
    assert (over.model, over.tools, over.temperature) == (
        "small",
        ("current_time",),
        1.0,
    )
    assert over.knowledge == Knowledge(all=True)


async def test_a_prompt_comes_before_an_assistants_own_words(keeping: Keeping):
    first = await prompt(keeping, "You are {{who}}.")
    own = await prompt(keeping, "You are somebody.")
    name = await assistant(keeping, instructions="Be brief.", prompt=str(own))

    brief = await keeping.briefs.brief(wanted(keeping, assistant=name))
    asked = wanted(
        keeping, assistant=name, prompt=first, prompt_variables={"who": "Bob"}
    )
    over = await keeping.briefs.brief(asked)

    assert brief.instructions == "You are somebody.\n\nBe brief."
    assert brief.prompt_version == f"{own}/versions/1"
    assert over.instructions == "You are Bob.\n\nBe brief."
    assert over.prompt_version == f"{first}/versions/1"


async def test_what_is_remembered_is_told_in_its_order(keeping: Keeping):
    await remember(keeping, "Has a dog.")
    await remember(keeping, "The dog is called Rex.")

    brief = await keeping.briefs.brief(wanted(keeping))
    others = await keeping.briefs.brief(wanted(keeping.somebody_else()))

    assert brief.memories == ("Has a dog.", "The dog is called Rex.")
    assert others.memories == ()


@pytest.mark.asvs("8.2.2")
async def test_what_is_somebody_elses_is_refused_whether_or_not_it_is_there(
    keeping: Keeping,
):
    other = keeping.somebody_else()
    theirs = await assistant(other)

    for options in (
        {"assistant": theirs},
        {"assistant": AssistantName.new(other.user)},
        {"prompt": PromptName.new(other.user)},
    ):
        with pytest.raises(Forbidden):
            await keeping.briefs.brief(wanted(keeping, **options))


async def test_what_is_not_there_is_refused(keeping: Keeping):
    with pytest.raises(AssistantNotFound):
        await keeping.briefs.brief(
            wanted(keeping, assistant=AssistantName.new(keeping.user))
        )
    with pytest.raises(PromptNotFound):
        await keeping.briefs.brief(wanted(keeping, prompt=PromptName.new(keeping.user)))


async def test_a_variable_without_a_value_is_refused(keeping: Keeping):
    name = await prompt(keeping, "You are {{who}}.")

    with pytest.raises(InvalidField):
        await keeping.briefs.brief(wanted(keeping, prompt=name))
