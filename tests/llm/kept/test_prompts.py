"""Prompts: versions, variables, weights."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.llm.v1 import prompt_service_pb2 as pb
from services.llm.prompts.model import rendered, variables_of
from tests.calls import refusal
from tests.llm.kept.conftest import Keeping


async def create(keeping: Keeping, text: str) -> pb.Prompt:
    created = await keeping.prompts.CreatePrompt(
        pb.CreatePromptRequest(
            parent=keeping.parent, prompt=pb.Prompt(display_name="P"), text=text
        ),
        metadata=keeping.me,
    )
    return created.prompt


async def add(
    keeping: Keeping, prompt: pb.Prompt, text: str, weight: int = 0
) -> pb.PromptVersion:
    added = await keeping.prompts.CreatePromptVersion(
        pb.CreatePromptVersionRequest(
            parent=prompt.name,
            prompt_version=pb.PromptVersion(text=text, weight=weight),
        ),
        metadata=keeping.me,
    )
    return added.prompt_version


async def weigh(keeping: Keeping, name: str, weight: int) -> pb.PromptVersion:
    weighed = await keeping.prompts.UpdatePromptVersion(
        pb.UpdatePromptVersionRequest(
            prompt_version=pb.PromptVersion(name=name, weight=weight)
        ),
        metadata=keeping.me,
    )
    return weighed.prompt_version


async def render(
    keeping: Keeping, prompt: pb.Prompt, version: int = 0, **variables: str
) -> pb.RenderPromptResponse:
    return await keeping.prompts.RenderPrompt(
        pb.RenderPromptRequest(name=prompt.name, version=version, variables=variables),
        metadata=keeping.me,
    )


async def test_a_prompt_shows_its_newest_version_and_keeps_the_others(
    keeping: Keeping,
):
    prompt = await create(keeping, "Speak {{ language }} to {{name}}.")

    second = await add(keeping, prompt, "Speak {{language}}.")

    got = await keeping.prompts.GetPrompt(
        pb.GetPromptRequest(name=prompt.name), metadata=keeping.me
    )
    versions = await keeping.prompts.ListPromptVersions(
        pb.ListPromptVersionsRequest(parent=prompt.name), metadata=keeping.me
    )
    assert prompt.latest_version.name == f"{prompt.name}/versions/1"
    assert prompt.latest_version.variables == ["language", "name"]
    assert got.prompt.latest_version == second
    assert list(versions.prompt_versions) == [second, prompt.latest_version]


async def test_versions_that_are_added_at_once_have_numbers_of_their_own(
    keeping: Keeping,
):
    prompt = await create(keeping, "One")

    added = await asyncio.gather(
        *(add(keeping, prompt, f"{number}") for number in range(10))
    )

    numbers = sorted(int(each.name.rpartition("/")[2]) for each in added)
    assert numbers == list(range(2, 12))


async def test_without_weights_the_newest_is_chosen(keeping: Keeping):
    prompt = await create(keeping, "Old")
    await add(keeping, prompt, "New")

    said = {(await render(keeping, prompt)).text for _ in range(10)}

    assert said == {"New"}


async def test_versions_are_chosen_by_weight(keeping: Keeping):
    prompt = await create(keeping, "A")
    await add(keeping, prompt, "B", weight=3)
    await add(keeping, prompt, "never")
    await weigh(keeping, prompt.latest_version.name, 1)

    said = Counter([(await render(keeping, prompt)).text for _ in range(400)])

    assert said["never"] == 0
    assert 0.6 < said["B"] / 400 < 0.9, "three of four, but for chance"


async def test_a_version_can_be_asked_for_by_its_number(keeping: Keeping):
    prompt = await create(keeping, "Old")
    await add(keeping, prompt, "New")

    shown = await render(keeping, prompt, version=1)

    assert (shown.text, shown.prompt_version) == ("Old", f"{prompt.name}/versions/1")


@pytest.mark.asvs("1.3.7", "1.3.10")
async def test_values_are_put_in_as_they_are(keeping: Keeping):
    prompt = await create(keeping, "Say {{what}} and {{ what }}, {not this} {{1}}.")

    shown = await render(keeping, prompt, what="{{what}} \\1")

    assert shown.text == "Say {{what}} \\1 and {{what}} \\1, {not this} {{1}}."


async def test_a_variable_without_a_value_is_refused(keeping: Keeping):
    prompt = await create(keeping, "Say {{what}}.")

    refused = await refusal(
        keeping.prompts.RenderPrompt(
            pb.RenderPromptRequest(name=prompt.name), metadata=keeping.me
        )
    )

    assert refused.reason == "INVALID_FIELD"
    assert refused.metadata["field"] == "variables[what]"


@pytest.mark.parametrize("version", ["0", "2", "99999999999", "-1", "x", "\u0661"])
async def test_a_version_that_is_not_there_is_refused(keeping: Keeping, version: str):
    prompt = await create(keeping, "One")

    refused = await refusal(
        keeping.prompts.UpdatePromptVersion(
            pb.UpdatePromptVersionRequest(
                prompt_version=pb.PromptVersion(
                    name=f"{prompt.name}/versions/{version}", weight=1
                )
            ),
            metadata=keeping.me,
        )
    )

    assert refused.reason in ("PROMPT_NOT_FOUND", "INVALID_NAME")


async def test_a_retry_adds_no_second_version(keeping: Keeping):
    prompt = await create(keeping, "One")
    request = pb.CreatePromptVersionRequest(
        parent=prompt.name,
        prompt_version=pb.PromptVersion(text="Two"),
        request_id=str(uuid4()),
    )

    first = await keeping.prompts.CreatePromptVersion(request, metadata=keeping.me)
    second = await keeping.prompts.CreatePromptVersion(request, metadata=keeping.me)

    assert first == second
    assert first.prompt_version.name.endswith("/versions/2")


@pytest.mark.asvs("1.3.7")
@given(st.text(max_size=200), st.text(max_size=20))
def test_a_text_that_is_rendered_has_only_values_where_its_variables_were(
    text: str, value: str
):
    values = dict.fromkeys(variables_of(text), value)

    said = rendered(text, values)

    if not values:
        assert said == text
