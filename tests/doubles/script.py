"""What the scripted model answers, and how it misbehaves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

FinishReason = Literal["stop", "length", "content_filter", "tool_calls"]

# An event that is no JSON, for `Script.insert`.
MALFORMED = b'data: {"id":"chatcmpl-broken","choices":[{"delta":{"content":\n\n'

GRAMMAR = """\
A request may choose its script by the name of its model:

  scripted-<TOKENS>x<DELAY>ms[-<option>...]

  scripted-200x0ms          200 distinct tokens at once
  scripted-1000x20ms        1,000 distinct tokens, one every 20 ms

  options:
  -pause<N>ms               wait before the response's headers
  -status<N>                refuse with this HTTP status (-retry<N>: with Retry-After)
  -cut<N>                   break the connection after N tokens
  -stall<N>                 say nothing more after N tokens, until released
  -malformed<N>             send an event that is no JSON after N tokens
  -size<N>b                 the first token is N bytes long
  -split<N>b                write N bytes at a time, whatever the events' limits
  -thoughts<N>              think aloud for N tokens before
  -tools<N>                 then call N tools, of those that are offered, in turn
  -rounds<N>                call tools again N times when they have answered
  -flood<N>b                begin with a line that goes on for N bytes

Any other model answers with the server's own script.
"""


@cache
def words(count: int) -> tuple[str, ...]:
    """Return distinct tokens, some with what JSON escapes or UTF-8 widens."""
    return tuple(_word(number) for number in range(count))


def _word(number: int) -> str:
    space = "\n" if number % 50 == 49 else " " if number else ""
    accent = "é" if number % 20 == 19 else ""
    letters, rest = "", number
    while True:
        rest, syllable = divmod(rest, 60)
        letters += "bdfgklmnprst"[syllable % 12] + "aeiou"[syllable // 12]
        if not rest:
            return f"{space}{letters}{accent}"


@dataclass(frozen=True)
class Call:
    """A tool to be called; without a name, one of those that are offered."""

    name: str = ""
    arguments: str = '{"city": "Lomé"}'


@dataclass(frozen=True, kw_only=True)
class Script:
    """One answer. Times are in seconds; `…_after` counts the tokens sent before."""

    tokens: tuple[str, ...] = words(8)
    pause: float = 0.0
    delay: float = 0.0
    finish_reason: FinishReason = "stop"
    status: int = 200
    retry_after: int | None = None
    cut_after: int | None = None
    stall_after: int | None = None
    insert_after: int | None = None
    insert: bytes = MALFORMED
    split: int | None = None
    thoughts: tuple[str, ...] = ()
    redacted: tuple[str, ...] = ()  # thoughts that nobody may read, after the first
    interleaved: bool = False  # half of the thoughts come between the tokens
    calls: tuple[Call, ...] = ()
    rounds: int = 1  # of calls, until it answers
    flood: int = 0
    cached_tokens: int = 0  # of those read
    # Refuses with what the protocol says of this, and `status` if it is an error.
    problem: Literal["window", "blocked"] | None = None
    headers: tuple[tuple[str, str], ...] = ()  # of a refusal

    @property
    def stretches(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        """What is thought, and then said, once or twice."""
        if not self.interleaved:
            return ((self.thoughts, self.tokens),)
        thought, said = len(self.thoughts) // 2, len(self.tokens) // 2
        return (
            (self.thoughts[:thought], self.tokens[:said]),
            (self.thoughts[thought:], self.tokens[said:]),
        )

    @property
    def output_tokens(self) -> int:
        """How many tokens the answer is billed as."""
        return len(self.tokens) + len(self.thoughts) + len(self.calls)

    def offering(self, tools: tuple[str, ...], rounds: int) -> "Script":
        """Return the script for these tools, when they were called so often before."""
        if rounds >= self.rounds or not self.calls:
            return replace(self, calls=()) if self.calls else self
        calls = tuple(
            Call(call.name or tools[number % len(tools)], call.arguments)
            for number, call in enumerate(self.calls)
            if call.name or tools
        )
        return replace(self, calls=calls, finish_reason="tool_calls")

    @property
    def text(self) -> str:
        """The whole answer."""
        return "".join(self.tokens)

    def limited_to(self, tokens: int | None) -> "Script":
        """Return the script cut off where `max_tokens` ends the answer."""
        if tokens is None or tokens >= len(self.tokens):
            return self
        return replace(self, tokens=self.tokens[:tokens], finish_reason="length")


_NAME = re.compile(
    r"scripted-(?P<tokens>\d+)x(?P<delay>\d+)ms(?P<options>(-[a-z]+\d+[a-z]*)*)"
)
_OPTION = re.compile(r"-([a-z]+)(\d+)([a-z]*)")


@cache
def named(model: str) -> Script | None:
    """Return the script that a model's name spells; None if it spells none."""
    if not model.startswith("scripted-"):
        return None
    match = _NAME.fullmatch(model)
    if match is None:
        raise ValueError(f"not a script: {model!r}\n\n{GRAMMAR}")
    script = Script(
        tokens=words(int(match["tokens"])), delay=int(match["delay"]) / 1000
    )
    for option, number, unit in _OPTION.findall(match["options"]):
        script = _with(script, f"{option}-{unit}", int(number))
    return script


def _with(script: Script, option: str, number: int) -> Script:
    match option:
        case "pause-ms":
            return replace(script, pause=number / 1000)
        case "status-":
            return replace(script, status=number)
        case "retry-":
            return replace(script, retry_after=number)
        case "cut-":
            return replace(script, cut_after=number)
        case "stall-":
            return replace(script, stall_after=number)
        case "malformed-":
            return replace(script, insert_after=number)
        case "size-b":
            return replace(script, tokens=("x" * number, *script.tokens[1:]))
        case "split-b":
            return replace(script, split=number)
        case "thoughts-":
            return replace(script, thoughts=words(number))
        case "tools-":
            return replace(script, calls=(Call(),) * number)
        case "rounds-":
            return replace(script, rounds=number)
        case "flood-b":
            return replace(script, flood=number)
        case _:
            raise ValueError(f"no such option: {option!r}\n\n{GRAMMAR}")


def parsed(fields: Mapping[str, Any]) -> Script:
    """Return the script that JSON describes; texts may also be numbers of words."""
    given = dict(fields)
    if "insert" in given:
        given["insert"] = str(given["insert"]).encode()
    given["calls"] = tuple(Call(**call) for call in given.get("calls", ()))
    for name in ("tokens", "thoughts"):
        said = given.get(name, getattr(Script, name))
        given[name] = words(said) if isinstance(said, int) else tuple(said)
    return Script(**given)
