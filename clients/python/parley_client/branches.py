"""The branches of a conversation's tree."""

from collections.abc import Sequence

from parley.chat.v1.message_pb2 import Message


def branch(messages: Sequence[Message], current: str) -> list[Message]:
    """Return the messages from the first to the current one; all if there is none."""
    by_name = {message.name: message for message in messages}
    if current not in by_name:
        return list(messages)
    shown = []
    while message := by_name.pop(current, None):
        shown.append(message)
        current = message.parent_message
    return shown[::-1]


def ends(messages: Sequence[Message]) -> list[Message]:
    """Return the last message of each branch, the oldest first."""
    followed = {message.parent_message for message in messages}
    return [message for message in messages if message.name not in followed]
