"""Titles that a model finds, after the first reply and never in its way."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from prometheus_client import Counter

from services.chat.conversations.ports import TitleModel, Untitled
from services.chat.names import ConversationName
from services.kit.lines import unfit

log = logging.getLogger(__name__)

MAX_TITLE = 80  # of a model's; a user's may be longer
SHOWN = 2_000  # characters of what was said and answered that the model is shown
WAITING = 1_000  # conversations that may wait for a title; more go without
AT_ONCE = 4
SECONDS = 30.0
OFFLINE = "offline"  # it only quotes, and finds no titles

PROMPT = """\
Find a title for the conversation below: at most six words, in its language, on one \
line, without quotation marks and without a full stop. Answer with the title alone.

The user said:
{said}

The answer was:
{reply}
"""

THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
LABEL = re.compile(r"^(?:title|titel|titre|título)\s*:\s*", re.IGNORECASE)
MARKS = re.compile(r"^(?:#{1,6}|[-*+>]|\d{1,2}[.)])\s+")
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
EMPHASIS = re.compile(r"\*{1,3}|_{2,3}|~~|`+")
QUOTES = "\"'“”„‟‘’‚‛«»‹›「」『』"  # noqa: RUF001 - these are meant

outcomes = Counter(
    "chat_titles",
    "Titles asked for: stored, superseded, unwanted, unusable, failed, or dropped.",
    ("outcome",),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A conversation that is to have a title."""

    name: ConversationName
    model: str
    prompt: str


class NoTitles:
    """Leaves every conversation with its beginning."""

    def wanted(self, name: ConversationName, model: str, said: str, reply: str) -> None:
        """Do nothing."""


class Titler:
    """Has a model find titles for conversations that have none but their beginning."""

    def __init__(self, conversations: Untitled, model: TitleModel) -> None:
        self._conversations = conversations
        self._model = model
        self._waiting: asyncio.Queue[Wanted] = asyncio.Queue(WAITING)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, conversations: Untitled, model: TitleModel
    ) -> AsyncIterator["Titler"]:
        """Find titles while the block runs; those not found by then are left."""
        titler = cls(conversations, model)
        workers = [asyncio.create_task(titler._work()) for _ in range(AT_ONCE)]
        try:
            yield titler
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    def wanted(self, name: ConversationName, model: str, said: str, reply: str) -> None:
        """Ask for a title, by the model that answered; return at once."""
        if model == OFFLINE:
            return
        prompt = PROMPT.format(said=said[:SHOWN], reply=reply[:SHOWN])
        try:
            self._waiting.put_nowait(Wanted(name, model, prompt))
        except asyncio.QueueFull:
            outcomes.labels("dropped").inc()

    async def _work(self) -> None:
        while True:
            wanted = await self._waiting.get()
            try:
                async with asyncio.timeout(SECONDS):
                    await self._find(wanted)
            except Exception as error:
                # Nobody waits for a title, and what was said must not reach a log.
                log.warning("no title", extra={"error": type(error).__name__})
                outcomes.labels("failed").inc()

    async def _find(self, wanted: Wanted) -> None:
        if not await self._conversations.wants_title(wanted.name):
            outcomes.labels("unwanted").inc()
            return
        answer = await self._model.complete(
            wanted.name.user_id, model=wanted.model, prompt=wanted.prompt
        )
        if not (title := cleaned(answer)):
            outcomes.labels("unusable").inc()
        elif await self._conversations.give_title(wanted.name, title):
            outcomes.labels("stored").inc()
        else:
            outcomes.labels("superseded").inc()


def cleaned(answer: str) -> str:
    """Return the title in what a model says, plain; empty if there is none."""
    for line in THOUGHT.sub("", answer).splitlines():
        if title := plain(line):
            if len(title) <= MAX_TITLE:
                return title
            cut = title[: MAX_TITLE - 1]
            return (cut.rpartition(" ")[0] or cut).rstrip() + "…"
    return ""


def plain(line: str) -> str:
    """Take away Markdown, quotation marks, and what has no place in a line."""
    line = "".join(" " if unfit(character) else character for character in line)
    before = None
    while before != line:
        before = line
        line = MARKS.sub("", line.strip())
        line = EMPHASIS.sub("", LINK.sub(r"\1", line)).strip()
        line = LABEL.sub("", line.strip(QUOTES))
    return " ".join(line.rstrip(".").split())
