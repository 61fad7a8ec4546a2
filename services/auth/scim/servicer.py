"""The gRPC surface of SCIM, which carries HTTP: request in, domain call, answer out."""

import json
from typing import Any
from uuid import UUID

from scim2_models import (
    Context as ScimContext,
)
from scim2_models import (
    InvalidFilterException,
    InvalidSyntaxException,
    ListResponse,
    NotFoundException,
    PatchOp,
    ResponseParameters,
    ScimFilter,
    SearchRequest,
)
from scim2_models.path import FilterNode

from parley.auth.v1 import scim_service_pb2 as pb
from parley.auth.v1 import scim_service_pb2_grpc as pb_grpc
from services.auth.scim.answers import Answer, NotAllowed, answered
from services.auth.scim.description import DESCRIBED, MAX_RESULTS, described
from services.auth.scim.model import Slice
from services.auth.scim.provisioning import Provisioning
from services.auth.scim.resources import (
    POLICY,
    from_group,
    from_user,
    to_group,
    to_user,
)
from services.auth.scim.resources import Group as ScimGroup
from services.auth.scim.resources import User as ScimUser
from services.auth.sessions.metadata import Context, acting

DEFAULT_COUNT = 100
MAX_FILTER = 1_000
MAX_BYTES = 512 * 1024
MAX_OPERATIONS = 100

Model = type[ScimUser] | type[ScimGroup]
MODELS: dict[str, Model] = {"Users": ScimUser, "Groups": ScimGroup}


class ScimServicer(pb_grpc.ScimServiceServicer):
    """Serves `parley.auth.v1.ScimService`."""

    def __init__(self, provisioning: Provisioning) -> None:
        self._provisioning = provisioning

    async def ListScimResources(
        self, request: pb.ListScimResourcesRequest, context: Context
    ) -> pb.ListScimResourcesResponse:
        content = await answered(self._list(request), context)
        return pb.ListScimResourcesResponse(content=content)

    async def SearchScimResources(
        self, request: pb.SearchScimResourcesRequest, context: Context
    ) -> pb.SearchScimResourcesResponse:
        content = await answered(self._search(request), context)
        return pb.SearchScimResourcesResponse(content=content)

    async def GetScimResource(
        self, request: pb.GetScimResourceRequest, context: Context
    ) -> pb.GetScimResourceResponse:
        content = await answered(self._get(request), context)
        return pb.GetScimResourceResponse(content=content)

    async def CreateScimResource(
        self, request: pb.CreateScimResourceRequest, context: Context
    ) -> pb.CreateScimResourceResponse:
        content = await answered(self._create(request, context), context)
        return pb.CreateScimResourceResponse(content=content)

    async def ReplaceScimResource(
        self, request: pb.ReplaceScimResourceRequest, context: Context
    ) -> pb.ReplaceScimResourceResponse:
        content = await answered(self._replace(request, context), context)
        return pb.ReplaceScimResourceResponse(content=content)

    async def PatchScimResource(
        self, request: pb.PatchScimResourceRequest, context: Context
    ) -> pb.PatchScimResourceResponse:
        content = await answered(self._patch(request, context), context)
        return pb.PatchScimResourceResponse(content=content)

    async def DeleteScimResource(
        self, request: pb.DeleteScimResourceRequest, context: Context
    ) -> pb.DeleteScimResourceResponse:
        content = await answered(self._delete(request, context), context)
        return pb.DeleteScimResourceResponse(content=content)

    async def _list(self, request: pb.ListScimResourcesRequest) -> Answer:
        if request.collection in DESCRIBED:
            # RFC 7644 4: a filter is not for these.
            return Answer(described(request.collection), 403 if request.filter else 200)
        model = model_of(request.collection)
        fits = filter_of(request.filter, model)
        part = slice_of(request)
        resources: list[Any]
        if model is ScimUser:
            total, users = await self._provisioning.users(fits, part)
            resources = [to_user(each) for each in users]
        else:
            total, teams = await self._provisioning.teams(fits, part)
            resources = [to_group(each) for each in teams]
        listed = ListResponse[model](  # type: ignore[valid-type]  # one of two
            total_results=total,
            start_index=part.start,
            items_per_page=len(resources),
            resources=resources,
        )
        return Answer(
            listed.model_dump(
                scim_ctx=ScimContext.RESOURCE_QUERY_RESPONSE,
                response_parameters=parameters(request, model),
            )
        )

    async def _search(self, request: pb.SearchScimResourcesRequest) -> Answer:
        asked = body(request)
        wanted = SearchRequest[model_of(request.collection)].model_validate(  # type: ignore[misc]  # one of two
            asked, scim_ctx=ScimContext.SEARCH_REQUEST, scim_policy=POLICY
        )
        return await self._list(
            pb.ListScimResourcesRequest(
                collection=request.collection,
                filter=wanted.filter or "",
                start_index=wanted.start_index,
                count=wanted.count,
                attributes=",".join(wanted.attributes or ()),
                excluded_attributes=",".join(wanted.excluded_attributes or ()),
            )
        )

    async def _get(self, request: pb.GetScimResourceRequest) -> Answer:
        if request.collection in DESCRIBED:
            return Answer(described(request.collection, request.id))
        model = model_of(request.collection)
        resource = await self._resource(model, id_of(request.id))
        return Answer(
            resource.model_dump(
                scim_ctx=ScimContext.RESOURCE_QUERY_RESPONSE,
                response_parameters=parameters(request, model),
            )
        )

    async def _resource(self, model: Model, id: UUID) -> ScimUser | ScimGroup:
        if model is ScimUser:
            return to_user(await self._provisioning.user(id))
        return to_group(await self._provisioning.team(id))

    async def _create(
        self, request: pb.CreateScimResourceRequest, context: Context
    ) -> Answer:
        model = model_of(request.collection)
        resource = model.model_validate(
            body(request),
            scim_ctx=ScimContext.RESOURCE_CREATION_REQUEST,
            scim_policy=POLICY,
        )
        by = acting(context)
        made: ScimUser | ScimGroup
        if isinstance(resource, ScimUser):
            person = from_user(resource)
            made = to_user(await self._provisioning.create_user(person, by=by))
        else:
            team = from_group(resource)
            made = to_group(await self._provisioning.create_team(*team, by=by))
        shown = made.model_dump(scim_ctx=ScimContext.RESOURCE_CREATION_RESPONSE)
        return Answer(shown, 201, f"/scim/v2/{request.collection}/{made.id}")

    async def _replace(
        self, request: pb.ReplaceScimResourceRequest, context: Context
    ) -> Answer:
        model, id = model_of(request.collection), id_of(request.id)
        resource = model.model_validate(
            body(request),
            scim_ctx=ScimContext.RESOURCE_REPLACEMENT_REQUEST,
            scim_policy=POLICY,
        )
        stored = await self._stored(id, resource, context)
        shown = stored.model_dump(scim_ctx=ScimContext.RESOURCE_REPLACEMENT_RESPONSE)
        return Answer(shown)

    async def _patch(
        self, request: pb.PatchScimResourceRequest, context: Context
    ) -> Answer:
        model, id = model_of(request.collection), id_of(request.id)
        patch = PatchOp[model].model_validate(  # type: ignore[valid-type]  # one of two
            body(request),
            scim_ctx=ScimContext.RESOURCE_PATCH_REQUEST,
            scim_policy=POLICY,
        )
        if len(patch.operations or ()) > MAX_OPERATIONS:
            raise InvalidSyntaxException(detail=f"at most {MAX_OPERATIONS} operations")
        resource = await self._resource(model, id)
        with POLICY:
            patch.patch(resource)
        resource = await self._stored(id, resource, context)
        shown = resource.model_dump(scim_ctx=ScimContext.RESOURCE_PATCH_RESPONSE)
        return Answer(shown)

    async def _stored(
        self, id: UUID, resource: ScimUser | ScimGroup, context: Context
    ) -> ScimUser | ScimGroup:
        by = acting(context)
        if isinstance(resource, ScimUser):
            person = from_user(resource)
            return to_user(await self._provisioning.replace_user(id, person, by=by))
        team = from_group(resource)
        return to_group(await self._provisioning.replace_team(id, *team, by=by))

    async def _delete(
        self, request: pb.DeleteScimResourceRequest, context: Context
    ) -> Answer:
        model, id = model_of(request.collection), id_of(request.id)
        if model is ScimUser:
            await self._provisioning.delete_user(id, by=acting(context))
        else:
            await self._provisioning.delete_team(id, by=acting(context))
        return Answer(None, 204)


def model_of(collection: str) -> Model:
    """Return what a collection holds, if it can be changed."""
    if model := MODELS.get(collection):
        return model
    if collection in DESCRIBED:
        raise NotAllowed
    raise NotFoundException


def id_of(text: str) -> UUID:
    """Read an ID; what is none is nobody's."""
    if not text:
        raise NotAllowed
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundException from error


def body(request: Any) -> dict[str, Any]:
    """Read the JSON that a request carries."""
    data = request.content.data
    if len(data) > MAX_BYTES:
        raise InvalidSyntaxException(detail=f"more than {MAX_BYTES} bytes")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidSyntaxException(detail="this is no JSON") from error
    if not isinstance(found, dict):
        raise InvalidSyntaxException(detail="this is no JSON object")
    return found


def filter_of(text: str, model: Model) -> FilterNode | None:
    """Read a filter, if there is one."""
    if not text:
        return None
    if len(text) > MAX_FILTER:
        raise InvalidFilterException(detail=f"more than {MAX_FILTER} characters")
    return ScimFilter[model](text).ast  # type: ignore[valid-type]  # one of two


def slice_of(request: pb.ListScimResourcesRequest) -> Slice:
    """Read which part of the list is asked for (RFC 7644 3.4.2.4)."""
    count = request.count if request.HasField("count") else DEFAULT_COUNT
    return Slice(max(request.start_index, 1), min(max(count, 0), MAX_RESULTS))


def parameters(request: Any, model: Model) -> Any:
    """Read which attributes are asked for."""
    asked = {
        "attributes": request.attributes or None,
        "excludedAttributes": request.excluded_attributes or None,
    }
    return ResponseParameters[model].model_validate(asked)  # type: ignore[valid-type]  # one of two
