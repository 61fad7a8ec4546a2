"""
Write the tables of `docs/access.md` from the protos: `make generate`.

Who may call each RPC, and which fields of each resource Parley alone writes.
"""

from collections.abc import Iterator
from pathlib import Path

from google.api import field_behavior_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)

from parley.access.v1 import access_pb2
from parley.access.v1.access_pb2 import Access, Permission

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs/access.md"
DESCRIPTORS = ROOT / "gen/parley.binpb"
BEGINS = "<!-- What `make generate` read from the protos begins here. -->"
ENDS = "<!-- What `make generate` read from the protos ends here. -->"
TOKENS = {
    Access.TOKEN_UNSPECIFIED: "needed",
    Access.TOKEN_OPTIONAL: "may come",
    Access.TOKEN_NONE: "none",
}


def tables() -> str:
    """Write both tables."""
    read = FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    files = [file for file in read.file if file.package.startswith("parley.")]
    return "\n".join([*methods(files), "", *fields(files)])


def methods(files: list[FileDescriptorProto]) -> Iterator[str]:
    """Say who may call each RPC."""
    yield "| RPC | callers | token | permission | shown lately |"
    yield "| --- | --- | --- | --- | --- |"
    for file in files:
        for service in file.service:
            for method in service.method:
                yield f"| {service.name}.{method.name} | {asked(service, method)} |"


def asked(service: ServiceDescriptorProto, method: MethodDescriptorProto) -> str:
    """Say what stands beside an RPC, or its service."""
    access = method.options.Extensions[access_pb2.access]
    permission = access.permission or service.options.Extensions[access_pb2.permission]
    callers = [Access.Caller.Name(each) for each in access.callers]
    scope = Permission.Name(permission).removeprefix("PERMISSION_").lower()
    return " | ".join(
        [
            ", ".join(name.removeprefix("CALLER_").lower() for name in callers),
            TOKENS[access.token],
            scope if permission and access.token != Access.TOKEN_NONE else "-",
            "yes" if access.fresh else "-",
        ]
    )


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
    """Write the tables anew."""
    before, _, rest = DOCUMENT.read_text().partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    DOCUMENT.write_text(f"{before}{BEGINS}\n\n{tables()}\n\n{ENDS}{after}")


if __name__ == "__main__":
    main()
