"""The `parley` command on a terminal."""

import pytest

from tests.clients.conftest import EMAIL, PASSWORD, Scripted
from tests.clients.scripted_chat import said
from tests.clients.shell import Shell

ENTER = "\r"
CTRL_D = "\x04"
UP = "\x1b[A"


async def test_signing_up_asks_and_hides_the_password(shell: Shell) -> None:
    async with shell.terminal("login", "--sign-up") as terminal:
        await terminal.sees("E-mail: ")
        terminal.type(EMAIL + ENTER)
        await terminal.sees("Password: ")
        terminal.type(PASSWORD + ENTER)
        await terminal.sees("Repeat for confirmation: ")
        terminal.type(PASSWORD + ENTER)
        await terminal.sees(f"as {EMAIL}.")

        assert await terminal.ended() == 0
        assert PASSWORD not in terminal.shown


async def test_an_answer_is_rendered(scripted: Scripted, signed_in: Shell) -> None:
    scripted.chat.streams.append(
        lambda reply, _: said(
            reply, "# Ti", "tle\n\nSome **bo", "ld** text.\n", "\n1. one\n\n2. two\n"
        )
    )

    async with signed_in.terminal("chat", "Hi") as terminal:
        code = await terminal.ended()

    assert code == 0
    assert "\x1b[1;4mTitle\x1b[0m" in terminal.shown
    assert "Some \x1b[1mbold\x1b[0m text." in terminal.shown
    # What was drawn while it was being written is gone.
    assert "Some bold text." in terminal.lines
    assert "**" not in "".join(terminal.lines)


@pytest.mark.asvs("1.3.3")
async def test_an_answer_cannot_steer_the_terminal(
    scripted: Scripted, signed_in: Shell
) -> None:
    scripted.chat.streams.append(
        lambda reply, _: said(reply, "a\x1b]0;owned\x07b \x9b31mc [red]d[/red]")
    )

    async with signed_in.terminal("chat", "Hi") as terminal:
        await terminal.ended()

    assert "\x1b]0;" not in terminal.shown
    assert "\x07" not in terminal.shown
    assert "a]0;ownedb 31mc [red]d[/red]" in terminal.shown


async def test_an_answer_that_is_longer_than_the_screen_is_shown_once(
    scripted: Scripted, signed_in: Shell
) -> None:
    lines = [f"line {n} of the code\n" for n in range(100)]
    scripted.chat.streams.append(
        lambda reply, _: said(reply, "```\n", *lines, "```\n", "\nDone.")
    )

    async with signed_in.terminal("chat", "Hi") as terminal:
        assert await terminal.ended() == 0

    shown = [line.strip() for line in terminal.lines if "line" in line]
    assert shown == [f"line {n} of the code" for n in range(100)]


async def test_a_conversation_goes_on_until_it_is_left(
    scripted: Scripted, signed_in: Shell
) -> None:
    async with signed_in.terminal("chat") as terminal:
        await terminal.sees("/help")
        await terminal.sees("> ")
        terminal.type(f"first{ENTER}")
        await terminal.sees("You said: first")
        await terminal.sees("> ")
        terminal.type(f"second{ENTER}")
        await terminal.sees("You said: second")
        await terminal.sees("> ")
        terminal.type(f"/new{ENTER}")
        await terminal.sees("A new conversation.")
        terminal.type(f"third{ENTER}")
        await terminal.sees("You said: third")
        await terminal.sees("> ")
        terminal.type(f"/list{ENTER}")
        await terminal.sees("last used")
        await terminal.sees("> ")
        terminal.type(f"/open 2{ENTER}")
        await terminal.sees("You said: second")
        await terminal.sees("You go on with")
        terminal.type(f"fourth{ENTER}")
        await terminal.sees("You said: fourth")
        await terminal.sees("> ")
        terminal.type(f"/quit{ENTER}")

        assert await terminal.ended() == 0

    parents = [request.parent for request in scripted.chat.sent]
    assert parents[0] == parents[1] == parents[3] != parents[2]


async def test_the_line_editor_remembers_and_ctrl_d_leaves(
    scripted: Scripted, signed_in: Shell
) -> None:
    async with signed_in.terminal("chat") as terminal:
        await terminal.sees("> ")
        terminal.type(f"again{ENTER}")
        await terminal.sees("You said: again")
        await terminal.sees("> ")
        terminal.type(UP + ENTER)
        await terminal.sees("You said: again")
        await terminal.sees("> ")
        terminal.type(CTRL_D)

        assert await terminal.ended() == 0

    assert [request.text for request in scripted.chat.sent] == ["again", "again"]


async def test_a_pasted_text_is_one_question(
    scripted: Scripted, signed_in: Shell
) -> None:
    async with signed_in.terminal("chat") as terminal:
        await terminal.sees("> ")
        terminal.type(f"\x1b[200~one\rtwo\x1b[201~{ENTER}")
        await terminal.sees("You said: one")
        await terminal.sees("> ")
        terminal.type(CTRL_D)
        await terminal.ended()

    assert [request.text for request in scripted.chat.sent] == ["one\ntwo"]


@pytest.mark.parametrize(
    ("line", "tells"),
    [
        ("/dance", "/dance is not understood"),
        ("/open 7", "There is no number 7"),
        ("/open x", "/open is not understood"),
        ("/help", "go on with number N"),
        ("/regenerate", "There is no answer yet"),
        ("/rate well", "There is no answer yet"),
        ("/branch 2", "/branch is not understood"),
    ],
)
async def test_a_command_that_makes_no_sense_is_explained(
    signed_in: Shell, line: str, tells: str
) -> None:
    async with signed_in.terminal("chat") as terminal:
        await terminal.sees("> ")
        terminal.type(line + ENTER)
        await terminal.sees(tells)
        await terminal.sees("> ")
        terminal.type(CTRL_D)

        assert await terminal.ended() == 0


async def test_a_conversation_needs_somebody_who_is_signed_in(shell: Shell) -> None:
    async with shell.terminal("chat") as terminal:
        await terminal.sees("You are not signed in")

        assert await terminal.ended() == 1


async def test_deleting_an_account_asks_before_it_does(
    scripted: Scripted, signed_in: Shell
) -> None:
    async with signed_in.terminal("delete-account") as terminal:
        await terminal.sees("for good? [y/N]")
        terminal.type(f"n{ENTER}")
        assert await terminal.ended() == 1
    assert scripted.auth.users

    async with signed_in.terminal("delete-account") as terminal:
        await terminal.sees("for good? [y/N]")
        terminal.type(f"y{ENTER}")
        await terminal.sees("Password: ")
        terminal.type(PASSWORD + ENTER)
        await terminal.sees("are deleted")
        assert await terminal.ended() == 0
    assert not scripted.auth.users
