"""
Write the table of `docs/access.md` from the protos: `make generate`.

Which fields of each resource Parley alone writes.
"""

from collections.abc import Iterator
from pathlib import Path

from google.api import field_behavior_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs/access.md"
DESCRIPTORS = ROOT / "gen/parley.binpb"
BEGINS = "<!-- What `make generate` read from the protos begins here. -->"
ENDS = "<!-- What `make generate` read from the protos ends here. -->"


def table() -> str:
    """Write the table."""
    read = FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    files = [file for file in read.file if file.package.startswith("parley.")]
    return "\n".join(fields(files))


def fields(files: list[FileDescriptorProto]) -> Iterator[str]:
    """Say what Parley alone writes of each resource."""
    yield "| resource | Parley alone writes |"
    yield "| --- | --- |"
    for file in files:
        for message in file.message_type:
            if is_resource(message):
                own = [field.name for field in message.field if is_ours(field)]
                part = file.package.split(".")[1]
                listed = ", ".join(f"`{name}`" for name in own)
                yield f"| {part}: {message.name} | {listed} |"


def is_resource(message: DescriptorProto) -> bool:
    """Tell whether a message has a name by which it is asked for."""
    behaviors = [
        behavior
        for field in message.field
        if field.name == "name"
        for behavior in field.options.Extensions[field_behavior_pb2.field_behavior]
    ]
    return field_behavior_pb2.IDENTIFIER in behaviors


def is_ours(field: FieldDescriptorProto) -> bool:
    """Tell whether what people send of a field is ignored."""
    behaviors = field.options.Extensions[field_behavior_pb2.field_behavior]
    return field.name == "name" or field_behavior_pb2.OUTPUT_ONLY in behaviors


def published() -> str:
    """Read what the page says."""
    return DOCUMENT.read_text().partition(BEGINS)[2].partition(ENDS)[0].strip()


def main() -> None:
    """Write the table anew."""
    before, _, rest = DOCUMENT.read_text().partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    DOCUMENT.write_text(f"{before}{BEGINS}\n\n{table()}\n\n{ENDS}{after}")


if __name__ == "__main__":
    main()
