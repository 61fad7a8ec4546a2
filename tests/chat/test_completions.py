"""Whole answers, for what no user reads."""

from uuid import uuid4

import pytest

from services.chat.messages.completions import Completions, NoAnswer
from services.chat.messages.llm import LlmClient
from services.kit.delegation import Delegation
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.identity import CHAT, Identity


async def completed(identity: Identity, address: str) -> str:
    """Have llm answer as chat does."""
    delegation = Delegation(identity.chat_key, CHAT)
    async with LlmClient.connect(address, delegation) as llm:
        return await Completions(llm).complete(
            uuid4(), model="", prompt="Find a title."
        )


@pytest.mark.parametrize("thoughts", [0, 3])
async def test_an_answer_is_its_text_without_what_comes_beside_it(
    identity: Identity, llm_address: str, upstream: Upstream, thoughts: int
):
    upstream.rescript(Script(tokens=words(20), thoughts=words(thoughts)))

    assert await completed(identity, llm_address) == "".join(words(20))


async def test_half_an_answer_is_none(
    identity: Identity, llm_address: str, upstream: Upstream
):
    upstream.rescript(Script(tokens=words(20), delay=0.001, cut_after=5))

    with pytest.raises(NoAnswer):
        await completed(identity, llm_address)
