"""What of SCIM is supported, as clients ask for it (RFC 7644 4)."""

from typing import Any

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Context,
    ETag,
    Filter,
    ListResponse,
    Mutability,
    NotFoundException,
    Patch,
    Reference,
    Required,
    ResourceType,
    Schema,
    ServiceProviderConfig,
    Sort,
)

from services.auth.scim.model import MAX_RESULTS
from services.auth.scim.resources import Group as ScimGroup
from services.auth.scim.resources import User as ScimUser

ALWAYS = "displayName", "emails", "active"
FIXED = "type", "primary"  # of the one address that is kept
DESCRIBED = "ServiceProviderConfig", "ResourceTypes", "Schemas"


def config() -> ServiceProviderConfig:
    """Say what is supported."""
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MAX_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=False),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="API key",
                description="An API key whose only scope is scim, as a bearer token",
                primary=True,
            )
        ],
    )


def resource_types() -> list[ResourceType]:
    """Name what there is."""
    return [
        ResourceType(
            id=name,
            name=name,
            description=name,
            endpoint=Reference(f"/{name}s"),
            schema=Reference(str(model.__schema__)),
        )
        for name, model in (("User", ScimUser), ("Group", ScimGroup))
    ]


def schemas() -> list[Schema]:
    """Say what each has."""
    found = []
    for name, model in (("User", ScimUser), ("Group", ScimGroup)):
        schema = model.to_schema()
        schema.name = name
        for attribute in schema.attributes or ():
            if attribute.name in ALWAYS:  # without one, it is made up
                attribute.required = Required.true
            for inner in attribute.sub_attributes or ():
                if inner.name in FIXED:
                    inner.mutability = Mutability.read_only
        found.append(schema)
    return found


def described(collection: str, id: str | None = None) -> dict[str, Any]:
    """Answer a question for what is supported."""
    if collection == "ServiceProviderConfig" and id is None:
        return config().model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    if collection == "ResourceTypes":
        return one_or_all(ResourceType, resource_types(), id)
    if collection == "Schemas":
        return one_or_all(Schema, schemas(), id)
    raise NotFoundException


def one_or_all(kind: Any, found: list[Any], id: str | None) -> dict[str, Any]:
    """Answer with one of them, or with all."""
    if id is None:
        listed = ListResponse[kind](
            total_results=len(found),
            items_per_page=len(found),
            start_index=1,
            resources=found,
        )
        answer: dict[str, Any] = listed.model_dump(
            scim_ctx=Context.RESOURCE_QUERY_RESPONSE
        )
        return answer
    for each in found:
        if each.id == id:
            shown: dict[str, Any] = each.model_dump(
                scim_ctx=Context.RESOURCE_QUERY_RESPONSE
            )
            return shown
    raise NotFoundException
