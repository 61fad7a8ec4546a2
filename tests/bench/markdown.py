"""Writes a run as the page `docs/benchmarks.md`."""

from tests.bench.results import Results
from tests.bench.summary import Table, headlines, parts, tables

_METHOD = """\
## What is compared

Everyone asks the same scripted model: a local server that speaks OpenAI's protocol
(`tests/doubles/openai_server.py`), one event for each token, in a process of its own.

- **Parley**: the whole system as `make up` runs it, reached over gRPC through its edge.
  Every call carries an access token, which the edge and the service check; question
  and answer are stored in PostgreSQL. Counted are all its processes: Envoy, auth,
  chat, llm, the static web server, PostgreSQL with its backends, Redis and the
  supervisor.
- **LiteLLM proxy**: one uvicorn worker, a configuration file with one model and a
  master key, no database, no cache, no callbacks. It stores nothing.
- **FastAPI + LangChain**: the app of the tutorials, `ChatOpenAI(...).astream` in a
  `StreamingResponse`, one uvicorn worker. It checks no caller and stores nothing.

So Parley does more for a reply than either: it stores it, and finishes it when the
caller goes away. The peers do what Parley does not: LiteLLM translates between many
providers and can count spending.

## How

- **Burst**: replies of 200 distinct tokens that the model sends at once, to 1, 16 and
  64 readers. **Paced**: 50 tokens a second for each of 64 and 256 readers. Each
  reader asks again when its reply is whole. The time to the **first token** is taken
  with short replies, 1 and 50 readers, and compared with asking the model directly.
- A reply counts only if its text is, byte for byte, what the script says and the
  stream ended as it should. Parley merges deltas while a reader is being written to,
  so it may send fewer messages than the model sent tokens; what is counted is tokens
  of the model.
- Tokens per CPU-second are those tokens over the user and system time of all
  processes of the system, children that ended included. The readers' and the model's
  own time is not counted, but they share the processors, so replies/s is what all of
  it manages together on this machine.
- All systems run at once and are measured in turn, A B C, A B C, … after a warm-up
  each. Quoted are medians over the rounds; "Parley / it" is the median of the ratios
  within a round.
- Accounts and conversations are made before a round begins; each reply is the first
  of its conversation, as the peers get a single message too.
- Pieces are the messages or events with text that a reader got for one reply: where
  Parley sends fewer, its figure is so good because it merges; where it sends as many
  as the model has tokens, every token crossed llm, chat and the edge by itself.
- Memory is the proportional set size, where shared pages are shared out; the last
  column counts them in full for each process. Idle is just after the start, loaded
  is the most of each part while 64 readers get paced replies.

## Limits

- A burst shows what merging is worth: many tokens arrive in one read and cross
  Parley in one message. When paced, nearly every token crosses llm, chat and the edge
  as a message of its own, and what a message costs gRPC in Python sets the figure.
- One machine, everything on it; no network between the parts, no TLS.
- The model is a script: it thinks for no time and never fails. With a real model, the
  wait for it outweighs everything here.
- Percentiles of the first token are over some hundred replies; the 99th moves from
  run to run.
- The readers of Parley speak gRPC in Python, which costs them more than reading lines
  costs the others; that time is part of Parley's first-token figures.
- Other settings of the peers (more workers, a database, callbacks) were not measured.
"""


def document(results: Results) -> str:
    """Return the whole page."""
    notes = "".join(f"\n{note[0].upper()}{note[1:]}." for note in results.notes)
    sections = [_section(table) for table in (*tables(results), parts(results))]
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Written by `make bench`; measure again with",
            "",
            "    make bench-peers  # once: LiteLLM and LangChain, each apart",
            "    make bench",
            "",
            f"Measured {results.when}.{notes}",
            "",
            *headlines(results),
            "",
            *sections,
            _METHOD,
            "## On what",
            "",
            *_pairs(results.machine),
            "",
            *_pairs(results.versions),
            "",
        ]
    )


def _pairs(pairs: dict[str, str]) -> list[str]:
    return [f"- {name}: {value}" for name, value in pairs.items()]


def _section(table: Table) -> str:
    lines = [table.columns, ["---"] * len(table.columns), *table.rows]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {table.title}\n\n{rows}\n"
