"""
Write docs/authorization.md: who may call what, as the protos say.

`python -m tools.authorization` writes; `--check` compares, so that CI fails when a row
changes and nobody looked at it.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf.descriptor_pb2 import (
    FileDescriptorSet,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)

from parley.access.v1 import access_pb2
from services.auth.roles.model import BUILT_IN, IMPERSONABLE
from services.kit.access import Access, scope_of

ROOT = Path(__file__).parents[1]
DESCRIPTORS = ROOT / "gen/parley.binpb"
PAGE = ROOT / "docs/authorization.md"
# Whether a token is looked at.
NEEDED, OPTIONAL, NONE = "needed", "optional", "none"
VERBS = ("get", "put", "post", "delete", "patch")

HEAD = """# Who may call what

Written by `python -m tools.authorization` from the option `parley.access.v1.access`
beside each RPC. `tests/kit/test_authorization_table.py` fails when this page is not
what the protos say, or when an RPC says nothing;
`tests/kit/test_authorization_matrix.py` calls every RPC of the running services as each
kind of caller, and compares.

- **Callers**: who may open the call. The mesh looks at the certificate, the service at
  the token.
- **Permission**: what the token's `scope` has to hold. Roles are made of these, and so
  are the scopes of API keys. `—`: no user's token is looked at.
- **Fresh**: the caller must have shown who they are within the last ten minutes.
- **Own**: the resource name begins with the caller. Anybody else is refused, whether or
  not there is such a resource; of what may be shared they hear that there is none.
  Collections, and the documents in them, are read by the users and the groups that
  their owner names, too, and changed by nobody else: the call looks that up, by the
  groups that the token says ([knowledge.md](knowledge.md)).
- **owner, admin, member, guest**: the built-in roles. **as**: somebody who acts as the
  user (impersonation). Each ✓ is a call that gets past the gate; what it may do then,
  **Own** says, and for administration what the other may (`RIGHTS_EXCEEDED`). Who is
  disabled gets past none that looks at a token.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One RPC, and who may call it."""

    service: str
    method: str
    callers: tuple[str, ...]
    token: str
    permission: str  # empty: none is looked at
    fresh: bool
    name_field: str  # the field that holds a name which begins with the owner
    pattern: str  # and what it looks like: users/*/conversations/*

    @property
    def path(self) -> str:
        """Where gRPC calls it."""
        return f"/{self.service}/{self.method}"

    @property
    def needs_token(self) -> bool:
        """Tell whether it takes an access token."""
        return self.token == NEEDED

    def passes(self, scope: frozenset[str], *, fresh: bool = True) -> bool:
        """Tell whether a user's token with a scope gets past the gate."""
        if self.token == NONE:
            return "edge" in self.callers
        outside = bool({"edge", "auth"} & set(self.callers))
        return outside and self.permission in scope and (fresh or not self.fresh)


def rows(path: Path = DESCRIPTORS) -> Iterator[Row]:
    """Read every RPC of Parley from the descriptors."""
    for file in FileDescriptorSet.FromString(path.read_bytes()).file:
        for service in file.service:
            for method in service.method:
                yield row(file.package, service, method)


def row(
    package: str, service: ServiceDescriptorProto, method: MethodDescriptorProto
) -> Row:
    """Read one RPC."""
    access = method.options.Extensions[access_pb2.access]
    permission = access.permission or service.options.Extensions[access_pb2.permission]
    token = Access.Token.Name(access.token).removeprefix("TOKEN_").lower()
    token = token.replace("unspecified", NEEDED)
    looked_at = token != NONE and permission
    name_field, pattern = owned(method)
    return Row(
        service=f"{package}.{service.name}",
        method=method.name,
        callers=tuple(
            Access.Caller.Name(each).removeprefix("CALLER_").lower()
            for each in access.callers
        ),
        token=token,
        permission=scope_of(permission) if looked_at else "",
        fresh=access.fresh,
        name_field=name_field if token == NEEDED else "",
        pattern=pattern,
    )


def owned(method: MethodDescriptorProto) -> tuple[str, str]:
    """Find the field whose name begins with the owner, in the path of REST."""
    rule = method.options.Extensions[annotations_pb2.http]
    template = next((getattr(rule, verb) for verb in VERBS if getattr(rule, verb)), "")
    if not template.startswith("/v1/{"):  # under /v1/admin/ the user is another
        return "", ""
    field, _, pattern = template.removeprefix("/v1/{").partition("}")[0].partition("=")
    return (field, pattern) if pattern.startswith("users/") else ("", "")


def page() -> str:
    """Write the page."""
    lines = [HEAD]
    known = sorted(rows(), key=lambda row: row.service)
    for service in dict.fromkeys(row.service for row in known):
        lines += [
            f"## {service}",
            "",
            "| RPC | Callers | Permission | Fresh | Own | "
            + " | ".join([*BUILT_IN, "as"])
            + " |",
            "|---|---|---|---|---|" + "---|" * (len(BUILT_IN) + 1),
            *(line(row) for row in known if row.service == service),
            "",
        ]
    return "\n".join(lines)


def line(row: Row) -> str:
    """Write one row."""
    scopes = [*BUILT_IN.values(), IMPERSONABLE]
    permission = f"`{row.permission}`" if row.permission else "—"
    if row.token == OPTIONAL:
        permission += ", or no token"
    cells = [
        f"`{row.method}`",
        ", ".join(row.callers),
        permission,
        mark(row.fresh),
        mark(bool(row.name_field)),
        *(mark(row.passes(scope)) for scope in scopes),
    ]
    return f"| {' | '.join(cells)} |"


def mark(yes: bool) -> str:
    """Say yes, or nothing."""
    return "✓" if yes else ""


def main() -> None:
    """Write the page, or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    if not parser.parse_args().check:
        PAGE.write_text(page())
    elif PAGE.read_text() != page():
        sys.exit(
            f"{PAGE.name} is not what the protos say: python -m tools.authorization"
        )


if __name__ == "__main__":
    main()
