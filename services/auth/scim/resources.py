"""Users and groups as SCIM's resources (RFC 7643), and back."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import EmailStr, Field
from scim2_models import (
    URN,
    CaseExact,
    ComplexAttribute,
    InvalidValueException,
    Meta,
    Mutability,
    Reference,
    Required,
    Resource,
    Returned,
    ScimPolicy,
    Uniqueness,
)

from services.auth.groups.model import group_name
from services.auth.scim.model import MAX_NAME, Person, Provisioned, Team
from services.auth.users.emails import EmailAddress
from services.auth.users.model import display_name

# What providers send that is not by the letter, such as Microsoft Entra's. Attributes
# that are not kept are left out, not refused.
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)


class Name(ComplexAttribute):
    """How a person is called."""

    family_name: str | None = None
    given_name: str | None = None


class Email(ComplexAttribute):
    """The address of a person; one is kept."""

    value: Annotated[EmailStr | None, Required.true] = None
    type: str | None = None
    primary: bool | None = None


class Membership(ComplexAttribute):
    """A group that a person is in."""

    value: Annotated[str | None, Mutability.read_only] = None


class User(Resource[Any]):
    """A user."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[
        str | None, Required.true, Uniqueness.server, CaseExact.false
    ] = None
    name: Name | None = None
    display_name: str | None = None
    emails: list[Email] | None = None
    active: bool | None = None
    groups: Annotated[
        list[Membership] | None, Mutability.read_only, Returned.default
    ] = None


class Member(ComplexAttribute):
    """Somebody who is in a group."""

    value: Annotated[str | None, Mutability.immutable, Required.true] = None
    ref: Annotated[Reference[User] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )


class Group(Resource[Any]):
    """A group."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    members: list[Member] | None = None


def to_user(found: Provisioned) -> User:
    """Show a user."""
    user = found.user
    named = found.given_name or found.family_name
    return User(
        id=str(user.id),
        external_id=found.external_id,
        user_name=found.user_name,
        name=Name(given_name=found.given_name, family_name=found.family_name)
        if named
        else None,
        display_name=user.display_name,
        emails=[Email(value=user.email, type="work", primary=True)],
        active=user.disabled_time is None,
        groups=[Membership(value=str(group)) for group in found.groups] or None,
        meta=Meta(
            resource_type="User",
            created=user.create_time,
            last_modified=found.update_time,
            location=f"/scim/v2/Users/{user.id}",
        ),
    )


def to_group(team: Team) -> Group:
    """Show a group."""
    group = team.group
    return Group(
        id=str(group.id),
        external_id=group.external_id,
        display_name=group.display_name,
        members=[to_member(user) for user in team.members] or None,
        meta=Meta(
            resource_type="Group",
            created=group.create_time,
            last_modified=group.update_time,
            location=f"/scim/v2/Groups/{group.id}",
        ),
    )


def to_member(user_id: UUID) -> Member:
    """Show who is in a group."""
    where = Reference[User](f"/scim/v2/Users/{user_id}")
    return Member(value=str(user_id), ref=where)


def from_user(resource: User) -> Person:
    """Read what a provider says of a user."""
    user_name = bounded(resource.user_name, "userName") or ""
    emails = resource.emails or []
    chosen = next((email for email in emails if email.primary), None)
    chosen = chosen or next(iter(emails), None)
    text = (chosen.value if chosen else None) or user_name
    email = EmailAddress.parse(text)
    if not user_name or not email:
        detail = "a user needs an e-mail address, in emails or as userName"
        raise InvalidValueException(detail=detail)
    name = resource.name or Name()
    given = bounded(name.given_name, "name.givenName")
    family = bounded(name.family_name, "name.familyName")
    full = " ".join(filter(None, (given, family)))
    return Person(
        user_name=user_name,
        email=email,
        display_name=display_name(resource.display_name or full, email.local_part),
        external_id=bounded(resource.external_id, "externalId"),
        given_name=given,
        family_name=family,
        active=resource.active,
    )


def from_group(resource: Group) -> tuple[str, str | None, frozenset[UUID]]:
    """Read what a provider says of a group: name, its own ID, who is in it."""
    try:
        members = {UUID(member.value) for member in resource.members or ()}
    except (TypeError, ValueError) as error:
        raise InvalidValueException(detail="members are IDs of users") from error
    return (
        group_name(resource.display_name or ""),
        bounded(resource.external_id, "externalId"),
        frozenset(members),
    )


def bounded(value: str | None, name: str) -> str | None:
    """Return a text of a bounded length, or refuse it."""
    if value and (len(value) > MAX_NAME or "\0" in value):
        raise InvalidValueException(detail=f"{name} is too long, or holds NUL")
    return value or None
