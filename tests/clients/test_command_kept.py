"""The commands for what is kept, tools, speech and images, in pipes."""

from uuid import uuid4

import pytest

from parley.llm.v1.generation_service_pb2 import Model
from parley_client.__main__ import command
from tests.clients.conftest import Scripted
from tests.clients.scripted_tools import PICTURE
from tests.clients.shell import Finished, Shell


async def done(shell: Shell, *arguments: str, given: str = "") -> Finished:
    """Run a command that has to succeed."""
    finished = await shell.run(*arguments, given=given)
    assert finished.code == 0, finished
    return finished


async def test_a_prompt_gets_versions_that_are_weighed(
    scripted: Scripted, signed_in: Shell
) -> None:
    (signed_in.home / "better.txt").write_text("Better: {{language}}\n")

    await done(signed_in, "prompts", "create", "Translate", "Into {{language}}.")
    await done(signed_in, "prompts", "add", "Translate", "@better.txt")
    added = await done(
        signed_in, "prompts", "add", "Translate", "-", given="Best \x1b[31m{{language}}"
    )
    await done(signed_in, "prompts", "weigh", "Translate", "1", "10")
    await done(signed_in, "prompts", "weigh", "Translate", "2", "0")
    listed = await done(signed_in, "prompts")
    shown = await done(signed_in, "prompts", "show", "Translate")
    rendered = await done(
        signed_in, "prompts", "render", "Translate", "--var", "language=a=b"
    )
    wrong = await signed_in.run("prompts", "render", "Translate", "--var", "language")
    no_version = await signed_in.run("prompts", "weigh", "Translate", "9", "1")
    await done(signed_in, "prompts", "delete", "Translate")

    assert added.err == "Added version 3.\n"
    assert listed.out.endswith("\tTranslate\t3\t\n")
    rows = [line.split("\t") for line in shown.out.splitlines()[:3]]
    assert [(row[0], row[2]) for row in rows] == [("3", "0"), ("2", "0"), ("1", "10")]
    assert rendered.out == "Best [31ma=b\n"
    assert (wrong.code, "NAME=VALUE" in wrong.err) == (2, True)
    assert "parley prompts" in no_version.err
    assert scripted.llm.kept.prompts == {}


async def test_an_assistant_has_instructions_knowledge_and_tools(
    scripted: Scripted, signed_in: Shell
) -> None:
    await done(signed_in, "collections", "create", "Work")
    (work,) = scripted.llm.knowledge.collections

    created = await done(
        signed_in,
        *("assistants", "create", "Clerk", "--instructions", "Be brief."),
        *("--collection", "Work", "--tool", "calculator", "--temperature", "0"),
    )
    (clerk,) = scripted.llm.kept.assistants.values()
    id = created.out.strip()
    first = type(clerk)()
    first.CopyFrom(clerk)
    await done(signed_in, "assistants", "change", id, "--name", "Boss", "-m", "large")
    nothing = await signed_in.run("assistants", "change", "Boss")
    listed = await done(signed_in, "assistants")
    shown = await done(signed_in, "assistants", "show", "Boss")
    await done(signed_in, "assistants", "delete", "Boss")

    assert list(first.knowledge.collections) == [work]
    assert list(first.tools) == ["tools/calculator"]
    assert (first.temperature, first.HasField("temperature")) == (0, True)
    assert (clerk.display_name, clerk.model) == ("Boss", "large")
    assert clerk.instructions == "Be brief."
    assert (nothing.code, "what is to be different" in nothing.err) == (2, True)
    assert listed.out == f"{id}\tBoss\tlarge\t\n"
    assert shown.out.endswith("\n\nBe brief.\n")
    assert scripted.llm.kept.assistants == {}


async def test_facts_are_remembered_and_forgotten(
    scripted: Scripted, signed_in: Shell
) -> None:
    await done(signed_in, "memories", "add", "I", "like", "tea.")
    (memory,) = scripted.llm.kept.memories
    id = memory.rpartition("/")[2]

    await done(signed_in, "memories", "change", id, "I like coffee.")
    listed = await done(signed_in, "memories", "list")
    await done(signed_in, "memories", "delete", id)
    gone = await signed_in.run("memories", "delete", id)

    assert listed.out.startswith(f"{id}\t")
    assert listed.out.endswith("\tI like coffee.\n")
    assert gone.err.endswith("See what there is: parley memories\n")


async def test_tools_are_enabled_and_disabled(
    scripted: Scripted, signed_in: Shell
) -> None:
    scripted.llm.tools.tools["calculator"].description = "Adds\x1b]0;owned\x07 up.\nYes"

    await done(signed_in, "tools", "enable", "calculator", "wiki__search")
    await done(signed_in, "tools", "disable", "wiki__search")
    listed = await done(signed_in, "tools")
    missing = await signed_in.run("tools", "enable", "rm")

    assert listed.out == (
        "calculator\tenabled\t\t\tAdds]0;owned up. Yes\n"
        "wiki__search\tdisabled\tasks first\twiki\tSearch\n"
    )
    assert missing.err.endswith("See what there is: parley tools\n")


async def test_models_show_what_they_can_and_cost(
    scripted: Scripted, signed_in: Shell
) -> None:
    scripted.chat.catalogue["first"] = Model(
        window_tokens=128_000,
        capabilities=[Model.CAPABILITY_VISION, Model.CAPABILITY_TOOLS],
        input_micros_per_million_tokens=2_500_000,
        output_micros_per_million_tokens=10_000_000,
    )

    listed = await done(signed_in, "models")

    first, second, _ = listed.out.splitlines()
    assert first == "first\topenai\t\t128,000\tvision, tools\t2.5 / 10"
    assert second == "second\topenai\t\t\t\t"


async def test_a_text_is_spoken_and_a_recording_written_down(
    scripted: Scripted, signed_in: Shell
) -> None:
    (signed_in.home / "memo.webm").write_bytes(b"hm")
    (signed_in.home / "memo.txt").write_bytes(b"hm")
    (signed_in.home / "long.wav").write_bytes(bytes(900 * 1024 + 1))

    await done(signed_in, "say", "Good", "morning", "-o", "a.mp3", "--voice", "ada")
    await done(signed_in, "say", "-o", "b.mp3", given="From a pipe\n")
    written = await done(signed_in, "transcribe", "memo.webm", "--language", "en")
    odd = await signed_in.run("transcribe", "memo.txt")
    long = await signed_in.run("transcribe", "long.wav")

    spoken = [(each.text, each.voice) for each in scripted.llm.tools.spoken]
    assert spoken == [("Good morning", "ada"), ("From a pipe", "")]
    assert (signed_in.home / "a.mp3").read_bytes() == b"one two"
    assert written.out == "What was [31msaid\n"
    (heard,) = scripted.llm.tools.heard
    assert (heard.media_type, heard.language) == ("audio/webm", "en")
    assert (odd.code, long.code) == (2, 2)


async def test_images_are_drawn(scripted: Scripted, signed_in: Shell) -> None:
    await done(signed_in, "draw", "A", "house", "-o", "house.png", "--count", "2")
    nowhere = await signed_in.run("draw", "A house", "-o", "no/house.png")
    scripted.llm.tools.images_break_off = True
    broken = await signed_in.run("draw", "A house", "-o", "other.png")

    assert (signed_in.home / "house.png").read_bytes() == PICTURE
    assert (signed_in.home / "house-2.png").read_bytes() == PICTURE
    assert scripted.llm.tools.drawn[0].prompt == "A house"
    assert nowhere.code == 2
    assert (broken.code, "broke off" in broken.err) == (1, True)


async def test_all_data_are_erased_in_chat_and_llm(
    scripted: Scripted, signed_in: Shell
) -> None:
    erased = await done(signed_in, "erase-data", "--yes")

    (user,) = scripted.auth.users
    assert scripted.llm.chat_erasure.erased == [user]
    assert scripted.llm.erasure.erased == [user]
    assert "everything will be gone by" in erased.err


async def test_what_is_not_there_is_explained(signed_in: Shell) -> None:
    for of in ("documents", "prompts", "assistants"):
        unknown = await signed_in.run(of, "delete", str(uuid4()))

        assert unknown.code == 1
        assert unknown.err.endswith(f"See what there is: parley {of}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("chat", "--help"),
        ("say", "-h"),
        ("transcribe", "-h"),
        ("draw", "-h"),
    ],
)
async def test_help_teaches(shell: Shell, arguments: tuple[str, ...]) -> None:
    helped = await shell.run(*arguments)

    assert helped.code == 0
    assert "$ parley " in helped.out


def test_every_command_has_a_sentence_of_help() -> None:
    app = command()
    groups = [group.typer_instance for group in app.registered_groups]
    every = [
        each.callback
        for instance in (app, *groups)
        if instance
        for each in (*instance.registered_commands, instance.registered_callback)
        if each
    ]

    assert len(every) > 60
    for callback in every:
        assert callback
        assert callback.__doc__, callback
