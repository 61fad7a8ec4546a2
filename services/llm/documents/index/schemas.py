"""What Milvus' collections look like, and how they are made."""

import importlib
from dataclasses import dataclass
from typing import Any

# The widths of the fields, in bytes.
UUID_BYTES = 36
PK_BYTES = 80
TEXT_BYTES = 65_535
TIMEOUT_SECONDS = 20.0
# Of each collection, by the owner. Milvus Lite reads none faster for it, and would
# keep more and smaller files; there are sixteen collections already.
PARTITIONS = 1


@dataclass(frozen=True, slots=True)
class Schema:
    """Chunks found by their words, or by vectors of so many dimensions."""

    dimension: int = 0

    @property
    def field(self) -> str:
        """What is searched."""
        return "vector" if self.dimension else "sparse"


WORDS = Schema()


def create(uri: str, token: str, place: str, schema: Schema) -> None:
    """
    Make a collection and its index, whichever part of that is not done.

    In a thread: on Milvus Lite, the asynchronous client cannot make an index.
    """
    pymilvus: Any = importlib.import_module("pymilvus")
    client = pymilvus.MilvusClient(
        uri, token=token, timeout=TIMEOUT_SECONDS, dedicated=True
    )
    try:
        if not client.has_collection(place):
            try:
                client.create_collection(
                    place, schema=fields(schema), num_partitions=PARTITIONS
                )
            except pymilvus.MilvusException:
                if not client.has_collection(place):  # made by somebody else
                    raise
        if not client.list_indexes(place):
            client.create_index(place, index(schema))
    finally:
        client.close()


def fields(schema: Schema) -> Any:
    """Say what a row holds."""
    pymilvus: Any = importlib.import_module("pymilvus")
    kind = pymilvus.DataType
    made = pymilvus.MilvusClient.create_schema(auto_id=False)
    made.add_field("pk", kind.VARCHAR, max_length=PK_BYTES, is_primary=True)
    made.add_field("owner", kind.VARCHAR, max_length=UUID_BYTES, is_partition_key=True)
    made.add_field("document", kind.VARCHAR, max_length=UUID_BYTES)
    made.add_field("collection", kind.VARCHAR, max_length=UUID_BYTES)
    made.add_field("number", kind.INT32)
    made.add_field("generation", kind.INT64)
    if schema.dimension:
        made.add_field("vector", kind.FLOAT_VECTOR, dim=schema.dimension)
        return made
    made.add_field(
        "text",
        kind.VARCHAR,
        max_length=TEXT_BYTES,
        enable_analyzer=True,
        # Splits at spaces and writes small, knows no language, so it has no words
        # to leave out: what it would miss in some of them, `words` adds.
        analyzer_params={"type": "standard"},
    )
    made.add_field("sparse", kind.SPARSE_FLOAT_VECTOR)
    made.add_function(
        pymilvus.Function(
            name="words",
            function_type=pymilvus.FunctionType.BM25,
            input_field_names=["text"],
            output_field_names=["sparse"],
        )
    )
    return made


def index(schema: Schema) -> Any:
    """Say how it is searched."""
    pymilvus: Any = importlib.import_module("pymilvus")
    params = pymilvus.MilvusClient.prepare_index_params()
    if schema.dimension:
        # Exact. A graph over everybody's vectors takes longer to find one user's.
        params.add_index("vector", index_type="FLAT", metric_type="COSINE")
    else:
        params.add_index(
            "sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25"
        )
    return params
