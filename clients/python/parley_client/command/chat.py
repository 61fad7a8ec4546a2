"""Asking: one question, or a conversation."""

import os
import sys
from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley
from parley_client.command import asking, knowing
from parley_client.command.asking import chosen
from parley_client.command.dialogue import converse
from parley_client.command.failures import failing
from parley_client.command.knowing import Grounds
from parley_client.command.options import Conversation, Last, Model, Url, run
from parley_client.command.uploads import uploaded

# More than Parley takes; a whole disk that is piped in by mistake stops here.
MAX_PIPED = 1_000_000
MAX_ATTACHED = 10
# As after any Ctrl-C: a script is not to take half an answer for a whole one.
INTERRUPTED = 130

Question = Annotated[
    list[str] | None, typer.Argument(help="What to ask. Without it: a conversation.")
]
Also = Annotated[
    list[str] | None,
    typer.Option(
        "--also", metavar="MODEL", help="Ask this model too; up to three times."
    ),
]
Queue = Annotated[
    bool, typer.Option("--queue", help="Wait for the answer before, if there is one.")
]
Temporary = Annotated[
    bool, typer.Option("--temporary", help="Keep a new conversation for an hour only.")
]


def chat(
    question: Question = None,
    conversation: Conversation = None,
    last: Last = False,
    model: Model = "",
    also: Also = None,
    queue: Queue = False,
    temporary: Temporary = False,
    attach: knowing.Attach = None,
    document: knowing.Documents = None,
    collection: knowing.Collections = None,
    knowledge: knowing.Everything = False,
    assistant: knowing.Assistant = "",
    prompt: knowing.Prompt = "",
    var: knowing.Variables = None,
    tool: knowing.Tools = None,
    schema: knowing.Schema = None,
    cached: knowing.Cached = False,
    url: Url = DEFAULT_URL,
) -> None:
    """
    Ask a question and watch the answer, or have a conversation.

    What is piped in goes with the question. The answer goes to stdout: as Markdown on
    a terminal, as plain text into a pipe. Ctrl-C stops the answer; what was shown of it
    is kept. Pressed again it leaves, and the answer is written all the same.

    What an answer rests on is listed under it, beside stdout. A tool that may not be
    called without you asks first; in a pipe it is denied.

    \b
    Examples:
      $ parley chat "What is a monad?"
      $ parley chat --last "And in one sentence?"
      $ parley chat -m small --also large "Which of you is better?"
      $ git diff | parley chat "Write the commit message" > message.txt
      $ parley chat --attach report.pdf "What does it say about costs?"
      $ parley chat --knowledge "How many days of leave do I have?"
      $ parley chat --prompt Translate --var language=German "Good morning"
      $ parley chat
    """
    grounds = Grounds(
        documents=document or (),
        collections=collection or (),
        everything=knowledge,
        assistant=assistant,
        prompt=prompt,
        variables=knowing.variables(var or ()),
        tools=tool or (),
        schema=schema.read_text(errors="replace") if schema else "",
        cached=cached,
    )
    if attach and len(attach) > MAX_ATTACHED:
        raise typer.BadParameter(f"at most {MAX_ATTACHED} files can be attached")
    if conversation and last:
        raise typer.BadParameter("--conversation and --last exclude each other")
    text = whole_question(" ".join(question or ()), piped())
    if text is None:
        if also or queue:
            raise typer.BadParameter("--also and --queue go with a question")
        with failing(url):
            converse(
                url,
                conversation,
                last=last,
                model=model,
                temporary=temporary,
                grounds=grounds,
                files=attach or (),
            )
        return

    async def action(parley: Parley) -> None:
        into = await chosen(parley, conversation, last=last)
        question = asking.Question(
            text=text,
            model=model,
            additional_models=also or (),
            queue=queue,
            temporary=temporary,
            options=await knowing.options(parley, grounds),
            attachments=[each.name for each in await uploaded(parley, attach or ())],
        )
        if await asking.ask(parley, into, question):
            raise typer.Exit(INTERRUPTED)

    run(url, action)


def piped() -> str | None:
    """Return what is piped in; None if a person sits there."""
    if sys.stdin is None or sys.stdin.isatty():
        return None
    return sys.stdin.buffer.read(MAX_PIPED).decode(errors="replace")


def whole_question(asked: str, given: str | None) -> str | None:
    """Join the question and what was piped in; None if a person is to be asked."""
    # What the shell gave may be no UTF-8, and what is piped may hold NULs.
    asked = os.fsencode(asked).decode(errors="replace").strip()
    given = given.replace("\0", "\ufffd").strip("\n") if given else given
    if not asked and given is None:
        return None
    if text := "\n\n".join(part for part in (asked, given) if part):
        return text
    raise typer.BadParameter("is empty, and so is what was piped in")
