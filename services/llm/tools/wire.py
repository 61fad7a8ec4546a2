"""Tools as protobuf."""

import json
from collections.abc import Sequence
from uuid import UUID

from parley.llm.v1 import tool_service_pb2 as pb
from services.kit.fields import InvalidField
from services.kit.names import InvalidName, parse_name
from services.llm.tools.model import MAX_NAME, UserTool

Decision = pb.DecideToolCallRequest.Decision
DECISIONS: dict[int, bool] = {
    Decision.DECISION_APPROVE: True,
    Decision.DECISION_DENY: False,
}
MASKS = ((), ("enabled",), ("*",))


def parse_tool(name: str) -> tuple[UUID, str]:
    """Read `users/{user}/tools/{tool}`."""
    owner, _, tool = name.rpartition("/tools/")
    if not owner or not 1 <= len(tool) <= MAX_NAME or "/" in tool:
        raise InvalidName(name=name[:200], expected="users/*/tools/*")
    (user_id,) = parse_name(owner, "users")
    return user_id, tool


def require_mask(paths: Sequence[str]) -> None:
    """Refuse to change what does not change."""
    if tuple(paths) not in MASKS:
        raise InvalidField(
            field="update_mask", path=",".join(paths)[:200], expected="enabled"
        )


def to_decision(value: int) -> bool:
    """Read whether the user agrees."""
    if value not in DECISIONS:
        raise InvalidField(field="decision", expected="a decision")
    return DECISIONS[value]


def to_tool(user_id: UUID, found: UserTool) -> pb.Tool:
    """Put a tool on the wire."""
    tool = found.tool
    return pb.Tool(
        name=f"users/{user_id}/tools/{tool.name}",
        display_name=tool.display_name,
        description=tool.spec.description,
        input_schema=json.dumps(tool.spec.parameters, ensure_ascii=False),
        server=tool.server,
        enabled=found.enabled,
        needs_approval=tool.approval,
    )
