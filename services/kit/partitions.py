"""Tables that are partitioned by user, so that users can move between shards."""

from collections.abc import Iterator

PARTITIONS = 8


def partitions(*tables: str) -> Iterator[str]:
    """Say what creates the partitions of tables that are `PARTITION BY HASH`."""
    for table in tables:
        for number in range(PARTITIONS):
            yield (
                f"CREATE TABLE {table}_{number} PARTITION OF {table}"
                f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
            )
