"""Times as protobuf."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp


def timestamp(time: datetime | None) -> Timestamp | None:
    """Put a time on the wire; ValueError if it is of no zone."""
    if time is None:
        return None
    if time.tzinfo is None:
        raise ValueError(f"{time} needs a time zone")
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp
