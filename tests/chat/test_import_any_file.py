"""Whatever a file holds, it is read or refused, and what is read can be stored."""

import json
import sys
from contextlib import suppress

from hypothesis import example, given, settings
from hypothesis import strategies as st

from parley.chat.v1 import message_pb2 as message_pb
from parley.error.v1 import error_reason_pb2 as errors_pb
from services.chat.messages.llm import SAID_BY_LLM
from services.chat.transfer.asides import told
from services.chat.transfer.formats.parley import FAILURES, REASONS
from services.chat.transfer.formats.problem import Broken
from services.chat.transfer.formats.reader import Reader
from services.chat.transfer.model import Read
from services.kit.status import CODES
from tests.chat.exports.reading import NOW, TAKING, chatgpt, node, read
from tests.test_contract import all_errors

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["user", "assistant", "human", "text", "a", "b", "all"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "mapping",
                        "chat_messages",
                        "messages",
                        "message",
                        "author",
                        "role",
                    ),
                    *(
                        "content",
                        "content_type",
                        "parts",
                        "parent",
                        "id",
                        "uuid",
                        "sender",
                    ),
                    *(
                        "text",
                        "type",
                        "title",
                        "name",
                        "create_time",
                        "created_at",
                        "tags",
                    ),
                    *("current_node", "current_message", "metadata", "usage", "rating"),
                    *(
                        "score",
                        "reasons",
                        "state",
                        "attempt",
                        "folder",
                        "children",
                        "a",
                    ),
                    *("parent_message_uuid", "input_tokens", "failure_reason", "model"),
                    *("attachments", "reasoning", "citations", "number", "quote"),
                    *("tool_calls", "tool", "truncated", "retrieval", "passages"),
                    "prompt_version",
                ]
            )
            | st.text(),
            inner,
            max_size=6,
        )
    ),
    max_leaves=40,
)
MESSAGES = st.dictionaries(st.text(), JSON, max_size=5) | st.lists(JSON, max_size=5)
CONVERSATIONS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "mapping": MESSAGES,
            "chat_messages": MESSAGES,
            "messages": MESSAGES,
            "title": JSON,
            "create_time": JSON,
            "current_node": JSON,
            "tags": JSON,
        },
    ),
    max_size=3,
)


@settings(max_examples=200, deadline=None)
@given(file=CONVERSATIONS | JSON, document=st.booleans(), size=st.integers(1, 99))
@example(file=[{"messages": [{"id": "a", "role": "user"}]}], document=True, size=1)
@example(
    file=[
        {
            "messages": [
                {
                    "id": "a",
                    "role": "assistant",
                    "reasoning": "\0\ud800",
                    "citations": [{"number": 2**40, "quote": "\0\ud800"}, 7],
                    "tool_calls": [{"tool": "\0", "truncated": 1, "state": []}, None],
                    "retrieval": {"passages": -1, "degraded": "yes"},
                    "prompt_version": "\ud800",
                }
            ]
        }
    ],
    document=True,
    size=7,
)
def test_any_json_is_read_or_refused(file: object, document: bool, size: int):
    if document:
        file = {"format": "parley", "version": 1, "conversations": file}

    check(json.dumps(file).encode(), size)


@settings(max_examples=200, deadline=None)
@given(file=st.binary() | st.text(alphabet='[]{}",:\\a1 ').map(str.encode))
def test_any_bytes_are_read_or_refused(file: bytes):
    check(file, 3)


def check(file: bytes, size: int) -> None:
    """Read a file; what comes of it can be stored."""
    found: list[Read] = []
    with suppress(Broken):
        found = read(file, size=size)
    for each in found:
        each.title.encode()
        if each.tree is None:
            assert each.problem
            continue
        placed: set[str | None] = {None}
        for turn in each.tree.turns:
            assert turn.parent in placed
            assert turn.key not in placed
            placed.add(turn.key)
            assert "\0" not in turn.text + turn.model + turn.rating_comment
            (turn.text + turn.model + turn.rating_comment).encode()
            assert 0 <= turn.input_tokens < sys.maxsize
            assert "\0" not in str(told(turn.beside))
            json.dumps(told(turn.beside)).encode()
        assert each.tree.current in placed
        assert each.tree.create_time <= NOW
        assert each.tree.update_time <= NOW


def test_a_slice_of_nothing_changes_nothing():
    file = chatgpt({"a": node("a", text='\\" ]}{[ \\')})
    reader = Reader(first=0, taking=TAKING)

    found = [
        each
        for byte in file
        for data in (bytes((byte,)), b"")
        for each in reader.feed(data)
    ]
    reader.finish()

    assert found == read(file)
    assert found[0].tree


def test_the_words_of_parleys_file_are_those_of_the_protos():
    names = message_pb.Rating.Reason.keys()
    reasons = {name.removeprefix("REASON_").lower() for name in names}

    assert reasons == {*REASONS, "unspecified"}
    assert {f"ERROR_REASON_{name}" for name in FAILURES} <= set(
        errors_pb.ErrorReason.keys()
    )


def test_every_reason_that_a_reply_can_end_with_is_read_again():
    said_by_llm = {
        error.reason
        for error in all_errors()
        if error.__module__.startswith(("services.llm.", "services.kit."))
        and (error.reason.startswith("MODEL_") or CODES[error.kind] in SAID_BY_LLM)
    }

    assert said_by_llm | {"REPLY_INTERRUPTED", "BUDGET_EXHAUSTED"} <= FAILURES
