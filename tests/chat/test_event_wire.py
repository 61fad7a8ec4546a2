"""Events as protobuf."""

from datetime import UTC, datetime
from typing import get_args
from uuid import uuid4

import pytest

from parley.event.v1 import event_pb2 as pb
from services.chat.outbox.model import (
    DATA,
    Event,
    Kind,
    Recorded,
)
from services.chat.outbox.wire import FIELDS, to_event

OF_AUTH = {"audit_recorded"}
VALUES = {
    "replies": [str(uuid4())],
    "state": "stopped",
    "model": "scripted",
    "input_tokens": 1,
    "output_tokens": 2,
    "cost_micros": 3,
    "conversations": 4,
}


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_event_can_be_told(kind: Kind):
    event = Recorded(
        user_id=uuid4(),
        seq=7,
        id=uuid4(),
        kind=kind,
        conversation_id=uuid4(),
        resource_id=uuid4(),
        data={key: VALUES[key] for key in DATA.get(kind, ())},
        create_time=datetime.now(UTC),
        transaction="1",
    )

    told = to_event(event)

    assert told.WhichOneof("event") == kind
    assert told.seq == 7
    body = getattr(told, kind)
    for field in body.DESCRIPTOR.fields:
        assert getattr(body, field.name), field.name
        if "/" in str(getattr(body, field.name)):
            assert str(event.user_id) in str(getattr(body, field.name))


def test_no_kind_of_event_is_forgotten():
    kinds = {field.name for field in pb.Event.DESCRIPTOR.oneofs[0].fields}

    assert kinds - OF_AUTH == set(get_args(Kind)) == FIELDS.keys()


def test_a_kind_of_a_newer_release_keeps_its_number():
    told = to_event(
        Recorded(
            user_id=uuid4(),
            seq=7,
            id=uuid4(),
            kind="moon_landed",
            conversation_id=None,
            resource_id=None,
            data={"crew": 3},
            create_time=datetime.now(UTC),
            transaction="1",
        )
    )

    assert told.WhichOneof("event") is None
    assert told.seq == 7


def test_an_event_says_what_its_kind_says():
    user = uuid4()

    with pytest.raises(ValueError, match="conversation"):
        Event(user_id=user, kind="conversation_created")
    with pytest.raises(ValueError, match="resource"):
        Event(user_id=user, kind="folder_changed")
    with pytest.raises(ValueError, match="title"):
        Event(
            user_id=user,
            kind="conversation_updated",
            conversation_id=uuid4(),
            data={"title": "what the user wrote"},
        )
