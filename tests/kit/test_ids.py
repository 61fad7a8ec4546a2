"""The time at which an id was made."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from services.kit.ids import boundary, time_of

A_MOMENT = timedelta(seconds=1)


def test_an_id_tells_when_it_was_made():
    # The example of RFC 9562, A.6: 2022-02-22 14:22:22 in a zone 5 hours behind.
    known = UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")

    assert time_of(known) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


def test_a_boundary_parts_ids_by_time():
    id = uuid7()
    made = time_of(id)

    assert boundary(made - A_MOMENT) < id < boundary(made + A_MOMENT)
    assert boundary(made) <= id
