"""The one form of an event: two events never have the same."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.auth.audit.chain import link
from services.auth.audit.model import Entry, Event, Place, canonical
from tests.auth.audit.conftest import event

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
MAYBE_ID = st.none() | st.uuids()
ENTRIES = st.builds(
    Entry,
    id=st.uuids(),
    time=st.datetimes(
        min_value=datetime(1000, 1, 1),  # noqa: DTZ001 - made aware
        timezones=st.just(UTC),
    ),
    action=TEXT,
    outcome=TEXT,
    actor=MAYBE_ID,
    user_id=MAYBE_ID,
    subject=TEXT,
    session=MAYBE_ID,
    stranger=st.none() | TEXT,
    details=st.dictionaries(TEXT, TEXT),
    place_hash=st.none() | st.binary(min_size=32, max_size=32),
)


@settings(deadline=None)
@given(ENTRIES, ENTRIES)
def test_two_entries_that_differ_have_different_forms(one: Entry, other: Entry):
    assume(one != other)

    assert one.content != other.content


@settings(deadline=None)
@given(ENTRIES, ENTRIES, st.data())
def test_entries_that_differ_in_one_field_have_different_forms(
    one: Entry, other: Entry, data: st.DataObject
):
    name = data.draw(st.sampled_from([field.name for field in fields(Entry)]))
    changed = replace(one, **{name: getattr(other, name)})
    assume(changed != one)

    assert changed.content != one.content


@settings(deadline=None)
@given(ENTRIES)
def test_the_form_can_be_read_and_written_again(entry: Entry):
    read = json.loads(entry.content)

    assert canonical(read) == entry.content
    assert read["details"] == entry.details
    assert UUID(read["id"]) == entry.id
    assert datetime.fromisoformat(read["time"]) == entry.time


@settings(deadline=None)
@given(
    st.binary(min_size=32, max_size=32),
    st.integers(1, 2**63 - 1),
    TEXT,
    st.binary(min_size=32, max_size=32),
    st.integers(1, 2**63 - 1),
    TEXT,
)
def test_a_link_covers_all_of_it(before, index, content, other_before, other, more):
    assume((before, index, content) != (other_before, other, more))

    assert link(before, index, content) != link(other_before, other, more)


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=32), TEXT, TEXT, TEXT, TEXT)
def test_places_that_differ_have_different_hashes(salt, address, agent, other, more):
    assume((address, agent) != (other, more))
    one = Place(salt=salt, address=address, user_agent=agent)

    assert one.hash != replace(one, address=other, user_agent=more).hash


@pytest.mark.parametrize(
    "changes",
    [
        {"action": ""},
        {"action": "Session.Create"},
        {"action": "session create"},
        {"action": "session.create\n"},
        {"action": "a" * 101},
        {"details": {"": "x"}},
        {"details": {"key\n": "x"}},
        {"details": {str(n): "x" for n in range(3)}},
        {"details": {"a" * n: "x" for n in range(1, 22)}},
    ],
)
def test_what_is_no_event_is_refused(changes):
    with pytest.raises(ValueError, match=r"no action|no detail|too many details"):
        event(**changes)


def test_an_event_does_not_show_whom_a_stranger_said_to_be():
    shown = repr(event(stranger="eve@example.com"))

    assert "eve" not in shown
    assert isinstance(event(), Event)
