"""No model at all: quotes the user's documents, and says so. It never pretends."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence

from services.llm.model import (
    Completed,
    Delta,
    Model,
    ModelNotFound,
    Passage,
    ProviderEvent,
    Question,
)
from services.llm.providers.quoting import MAX_QUOTES, narrowed

NAME = "offline"
WORD_SECONDS = 0.012

FOUND = """\
**No model is configured, so no model has read your question.** This is what your \
documents say, word for word:
"""

BRIEFLY = """\
For an answer in a model's own words, write `OPENAI_API_KEY=sk-...`, or \
`OPENAI_BASE_URL=...` for any endpoint that speaks OpenAI's protocol, into the file \
`.env` beside the `Makefile` and run `make up` again; or start \
[Ollama](https://ollama.com), which Parley finds by itself.
"""

NOTHING = """\
**No model is configured, so no model has read your question.** Without one, Parley \
quotes what your documents say, but **nothing in them fits this question**. Ask with \
words that stand in them. If you have none yet, upload one (a PDF, a Word file, a web \
page, Markdown, plain text and others) under *Documents* in the browser, or with \
`parley documents upload FILE`, and ask again.
"""

UNSEARCHED = """\
**No model is configured, so no model has read your question.** Without one, Parley \
quotes what your documents say, but **they could not be searched just now**. Ask again \
in a moment.
"""

CONFIGURE = """\
For answers of a model, write one of these into the file `.env` beside the `Makefile`, \
then run `make up` again.

OpenAI:

```sh
OPENAI_API_KEY=sk-...
PARLEY_MODEL=gpt-6-luna
```

Any endpoint that speaks OpenAI's protocol, such as vLLM, llama.cpp or LM Studio:

```sh
OPENAI_BASE_URL=http://localhost:8000/v1
PARLEY_MODEL=name-of-its-model
```

Or start [Ollama](https://ollama.com), which Parley finds by itself:

```sh
ollama pull llama3.2
```
"""
# What Markdown would make more of than the letters that stand there: above all, an
# image in it would be fetched from wherever a document's author likes.
MARKUP = re.compile(r"[\\`*_\[\]<>~|&$]|(?m:^[ \t]*(?:#|[-+=](?=\s|[-+=])))")
NUMBERED = re.compile(r"(?m)^([ \t]*\d{1,9})([.)])(?=\s)")


class OfflineProvider:
    """Answers every question with what the user's documents say."""

    async def models(self) -> Sequence[Model]:
        return (Model(NAME, NAME),)

    async def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        if question.model not in ("", NAME):
            raise ModelNotFound(model=question.model)
        for word in re.findall(r"\S+\s*", answer(question)):
            await asyncio.sleep(WORD_SECONDS)
            yield Delta(word, tokens=0)
        yield Completed(NAME, "stop")


def answer(question: Question) -> str:
    """Write what there is to say."""
    if not question.passages:
        said = UNSEARCHED if question.unsearched else NOTHING
        return f"{said}\n{CONFIGURE}"
    asked = next((t.text for t in reversed(question.turns) if t.role == "user"), "")
    quotes = [
        quotation(number, narrowed(passage, asked))
        for number, passage in enumerate(question.passages[:MAX_QUOTES], start=1)
    ]
    return "\n".join((FOUND, *quotes, "---\n", BRIEFLY))


def quotation(number: int, passage: Passage) -> str:
    """Write a quotation, then where it stands."""
    lines = "\n".join(f"> {line}".rstrip() for line in plain(passage.text).splitlines())
    where = plain(" ".join(passage.display_name.split()))
    if passage.page:
        where += f", page {passage.page}"
    elif passage.section:
        where += f", {plain(' '.join(passage.section.split()))}"
    return f"{lines}\n>\n> — {where} [{number}]\n"


def plain(text: str) -> str:
    """Write a text so that Markdown shows it as it is."""
    return NUMBERED.sub(r"\1\\\2", MARKUP.sub(lambda m: escaped(m.group()), text))


def escaped(mark: str) -> str:
    """Put a backslash before a mark, behind the spaces that it may begin with."""
    return f"{mark[:-1]}\\{mark[-1]}"
