"""No model at all: says so, and how to configure one. It never pretends."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence

from services.llm.model import (
    Completed,
    Delta,
    Model,
    ModelNotFound,
    ProviderEvent,
    Question,
)

NAME = "offline"
WORD_SECONDS = 0.012

TEXT = """\
**No model is configured, so no model has read your question.** This text is built \
in. Everything else works: what you wrote is stored, and the next answer comes from a \
model as soon as there is one.

Write one of these into the file `.env` beside the `Makefile`, then run `make up` again.

OpenAI:

```sh
OPENAI_API_KEY=sk-...
PARLEY_MODEL=gpt-4o-mini
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


class OfflineProvider:
    """Answers every question with the same honest text."""

    async def models(self) -> Sequence[Model]:
        return (Model(NAME, NAME),)

    async def generate(self, question: Question) -> AsyncGenerator[ProviderEvent]:
        if question.model not in ("", NAME):
            raise ModelNotFound(model=question.model)
        for word in re.findall(r"\S+\s*", TEXT):
            await asyncio.sleep(WORD_SECONDS)
            yield Delta(word, tokens=0)
        yield Completed(NAME, "stop")
