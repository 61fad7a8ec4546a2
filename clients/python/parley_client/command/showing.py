"""A conversation on the screen."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from parley_client import Conversation, Message, Parley, Role
from parley_client.branches import branch, ends
from parley_client.command.failures import complain
from parley_client.command.harmless import harmless, one_line
from parley_client.command.listing import local, title
from parley_client.command.screen import answer, console, note
from parley_client.command.sources import show_sources

BEGINNING = 60  # characters


async def show_messages(
    parley: Parley, conversation: Conversation, *, every: bool = False
) -> None:
    """Print the messages of the branch that is shown, or of all branches."""
    console().print(Text(title(conversation), style="bold"), soft_wrap=True)
    found = [m async for m in parley.conversations.messages(conversation)]
    shown = found if every else branch(found, conversation.current_message)
    for message in shown:
        await show_message(message)
    if len(shown) < len(found):
        note(f"\n({len(ends(found)) - 1} other branches; --all or /branches)")


async def show_message(message: Message) -> None:
    """Print a message."""
    console().print()
    console().print(Text(heading(message), style="dim"))
    async with answer() as shown:
        shown.write(message.text)
    show_sources(message.citations)
    match message.state:
        case Message.State.STATE_GENERATING:
            note("(still being written; look again in a moment)")
        case Message.State.STATE_QUEUED:
            note("(waits for the answer before it)")
        case Message.State.STATE_STOPPED:
            note("(stopped)")
        case Message.State.STATE_FAILED:
            complain("(this answer broke off)")


def branches_table(messages: Sequence[Message], current: str) -> Table:
    """Show where each branch ends, by number, the one that is shown with a star."""
    by_name = {message.name: message for message in messages}
    shown = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "", "when", "question", "answer"):
        shown.add_column(name, no_wrap=True, overflow="ellipsis")
    for number, end in enumerate(ends(messages), start=1):
        question = by_name.get(end.parent_message)
        cells = (
            "*" if end.name == current else "",
            str(number),
            local(end.create_time),
            beginning(question) if question else "",
            beginning(end),
        )
        shown.add_row(*map(Text, cells))
    return shown


def beginning(message: Message) -> str:
    """Return the first words of a message."""
    return one_line(message.text[: BEGINNING * 2])[:BEGINNING]


def heading(message: Message) -> str:
    """Say who wrote a message, and when."""
    model = harmless(message.model) or "Parley"
    who = "You" if message.role == Role.ROLE_USER else model
    return f"{who} · {local(message.create_time)}"
