"""Who may call each method, as the descriptors say."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from google.protobuf.descriptor_pb2 import FileDescriptorSet

import parley.auth.v1
import parley.chat.v1
import parley.llm.v1
from parley.access.v1 import access_pb2
from services.kit.access import Access

DESCRIPTORS = Path(__file__).parents[2] / "gen/parley.binpb"

# What was generated from every proto, as the services load theirs.
for package in (parley.auth.v1, parley.chat.v1, parley.llm.v1):
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")


def stated() -> dict[str, tuple[str, str]]:
    """Read from the descriptors who may call each method, and with what."""
    descriptors = FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    found = {}
    for file in descriptors.file:
        for service in file.service:
            for method in service.method:
                access = method.options.Extensions[access_pb2.access]
                callers = [Access.Caller.Name(each) for each in access.callers]
                token = Access.Token.Name(access.token).removeprefix("TOKEN_")
                found[f"/{file.package}.{service.name}/{method.name}"] = (
                    " ".join(each.removeprefix("CALLER_").lower() for each in callers),
                    token.replace("UNSPECIFIED", "NEEDED"),
                )
    return found


STATED = stated()
