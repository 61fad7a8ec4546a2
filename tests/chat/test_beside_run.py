"""The log of a reply with what stands beside it, read from anywhere at any time."""

import asyncio
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.chat.messages.beside import MAX_BYTES, MAX_NOTES, Beside, Note, unpacked
from services.chat.messages.run import Delta, Noted, Run, Thought
from services.chat.names import ConversationName, MessageName

WRITTEN = st.text("abc", min_size=1, max_size=5).map(lambda text: ("text", text))
THOUGHTS = st.text("xyz", min_size=1, max_size=5).map(lambda text: ("thought", text))
NOTES = st.tuples(st.just("note"), st.sampled_from(["a", "b", "c"]))
STEPS = st.lists(WRITTEN | THOUGHTS | NOTES, max_size=30)


def fresh_run() -> Run:
    return Run(MessageName(ConversationName.new(uuid4()), uuid4()), attempt=1)


def take(run: Run, step: tuple[str, str], number: int) -> None:
    kind, what = step
    if kind == "text":
        run.append(what)
    elif kind == "thought":
        run.think(what)
    else:
        run.note(what, str(number).encode())


class Reader:
    """Reads as a careful client does."""

    def __init__(self, after_seq: int, text: str) -> None:
        self.seq, self.text, self.thought = after_seq, text, ""
        self.notes: dict[str, bytes] = {}

    async def read(self, run: Run) -> None:
        """Read all that there is until the run is lost."""
        async for event in run.follow(self.seq):
            match event:
                case Delta(after, seq, text):
                    assert after == self.seq
                    self.text, self.seq = self.text + text, seq
                case Thought(seq, offset, text):
                    assert seq == self.seq
                    self.thought = self.thought[:offset] + text
                case Noted(seq, note):
                    assert seq == self.seq
                    assert note.seq <= max(seq, 1), "no note before what it is for"
                    self.notes[note.key] = note.value


@given(STEPS, STEPS, st.data())
async def test_a_reader_who_begins_anywhere_ends_with_everything(
    before: list[tuple[str, str]], after: list[tuple[str, str]], data: st.DataObject
):
    run = fresh_run()
    for number, step in enumerate(before):
        take(run, step, number)
    seq = data.draw(st.integers(0, run.seq))
    reader = Reader(seq, run.text[: max(0, seq - 1)])
    reading = asyncio.create_task(reader.read(run))

    for number, step in enumerate(after, len(before)):
        await asyncio.sleep(0)
        take(run, step, number)
    run.lose()  # which a reader learns after all that there is
    await reading

    assert reader.text == run.text
    assert reader.thought == run.beside.thought_after(0, 1_000)
    latest = {
        what: str(number).encode()
        for number, (kind, what) in enumerate([*before, *after])
        if kind == "note"
    }
    assert reader.notes == latest


@given(STEPS)
def test_what_is_packed_is_what_there_was(steps: list[tuple[str, str]]):
    run = fresh_run()
    for number, step in enumerate(steps):
        take(run, step, number)

    thought, notes = unpacked(run.beside.packed())

    again = Beside()
    again.load(run.beside.packed(), seq=1)
    assert thought == run.beside.thought_after(0, 1_000)
    assert unpacked(again.packed()) == (thought, notes)
    assert not again.load(run.beside.packed(), seq=1), "it is known by then"


def test_notes_are_bounded_in_number_and_size():
    beside = Beside()

    fit = [beside.note(Note(1, f"n/{number}", b"x")) for number in range(MAX_NOTES + 1)]
    large = Beside()

    assert fit == [True] * MAX_NOTES + [False]
    assert large.note(Note(1, "a", b"x" * MAX_BYTES))
    assert not large.note(Note(1, "b", b"x"))
    assert large.note(Note(1, "a", b"x")), "a smaller one takes its place"
    assert large.note(Note(1, "b", b"x"))
