"""Filters (RFC 7644 3.4.2.2) as SQL: nothing of their text becomes part of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString

from scim2_models import InvalidFilterException
from scim2_models.path import (
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    Not,
    Present,
    ValuePath,
)

from services.auth.audit.model import UNFIT


@dataclass(frozen=True, slots=True)
class Column:
    """What an attribute is in the database."""

    sql: LiteralString
    folded: bool = False  # kept and compared without regard to case


Columns = Mapping[str, Column]

USERS: Columns = {
    "id": Column("users.id::text"),
    "username": Column("coalesce(scim_users.user_key, users.email_key)", folded=True),
    "externalid": Column("scim_users.external_id"),
    "displayname": Column("lower(users.display_name)", folded=True),
    "emails": Column("users.email_key", folded=True),
    "emails.value": Column("users.email_key", folded=True),
    "name.givenname": Column("lower(scim_users.given_name)", folded=True),
    "name.familyname": Column("lower(scim_users.family_name)", folded=True),
    "active": Column("(users.disabled_time IS NULL)::text"),
}

GROUPS: Columns = {
    "id": Column("groups.id::text"),
    "externalid": Column("groups.external_id"),
    "displayname": Column("groups.display_key", folded=True),
}

# `%s` once for each time that the value is needed.
OPERATORS: Mapping[str, tuple[LiteralString, LiteralString, int]] = {
    "eq": ("", " IS NOT DISTINCT FROM %s::text", 1),
    "ne": ("", " IS DISTINCT FROM %s::text", 1),
    "co": ("strpos(", ", %s::text) > 0", 1),
    "sw": ("starts_with(", ", %s::text)", 1),
    "ew": ("right(", ", char_length(%s::text)) = %s::text", 2),
}


@dataclass(slots=True)
class Condition(FilterVisitor[LiteralString]):
    """Turns a filter into a condition and its parameters."""

    columns: Columns
    parameters: list[str | None] = field(default_factory=list)

    def visit_comparison(self, node: Comparison) -> LiteralString:
        column = self._column(node.attr_path)
        if node.op.value not in OPERATORS:
            raise InvalidFilterException(detail=f"{node.op.value} is not supported")
        before, after, times = OPERATORS[node.op.value]
        self.parameters += [text_of(node.value, column)] * times
        return before + column.sql + after

    def visit_present(self, node: Present) -> LiteralString:
        return self._column(node.attr_path).sql + " IS NOT NULL"

    def visit_not(self, node: Not) -> LiteralString:
        return "coalesce(NOT (" + self.visit(node.expr) + "), true)"

    def visit_logical_expr(self, node: LogicalExpr) -> LiteralString:
        joint: LiteralString = " AND " if node.op.value == "and" else " OR "
        found: LiteralString = joint.join(self.visit(term) for term in node.terms)
        return "(" + found + ")"

    def visit_value_path(self, node: ValuePath) -> LiteralString:
        raise InvalidFilterException(detail="filters of values are not supported")

    def _column(self, path: Any) -> Column:
        name = f"{path.attr}.{path.sub_attr}" if path.sub_attr else path.attr
        if column := self.columns.get(name.lower()):
            return column
        raise InvalidFilterException(detail="this attribute cannot be filtered by")


def text_of(value: Any, column: Column) -> str | None:
    """Write a value as it is compared."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if UNFIT.search(text):
        raise InvalidFilterException(detail="a value holds what is no character")
    return text.casefold() if column.folded else text


def condition(
    fits: FilterNode | None, columns: Columns
) -> tuple[LiteralString, list[str | None]]:
    """Write a filter as a condition; what there is no filter for is all."""
    if fits is None:
        return "true", []
    writer = Condition(columns)
    return writer.visit(fits), writer.parameters
