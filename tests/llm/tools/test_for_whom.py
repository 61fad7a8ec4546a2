"""A tool is called for who asks, and may read what they may."""

from dataclasses import replace
from uuid import uuid4

from services.llm.tools.model import Call
from tests.llm.tools.conftest import Asking, tool
from tests.llm.tools.scripted import ScriptedProvider, says, wants


async def test_a_tool_is_called_for_the_user_and_with_their_groups(asking: Asking):
    made: list[Call] = []

    async def note(call: Call) -> str:
        made.append(call)
        return "noted"

    asking = replace(asking, groups=frozenset({uuid4()}))
    provider = ScriptedProvider(wants(("note", "{}")), says("Done."))

    await asking.answer(provider, tool("note", note))

    assert [(call.user_id, call.groups) for call in made] == [
        (asking.user_id, asking.groups)
    ]
