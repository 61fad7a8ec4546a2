"""The gRPC surface of SCIM, which carries HTTP: request in, domain call, answer out."""

from collections.abc import Awaitable
from functools import partial
from typing import Any
from uuid import UUID

from google.api.httpbody_pb2 import HttpBody
from scim2_models import Context as ScimContext
from scim2_models import (
    InvalidSyntaxException,
    ListResponse,
    NotFoundException,
    PatchOp,
    SearchRequest,
)

from parley.auth.v1 import scim_service_pb2 as pb
from parley.auth.v1 import scim_service_pb2_grpc as pb_grpc
from services.auth.audit.acting import Acting
from services.auth.scim.answers import Answer, NotAllowed, answered
from services.auth.scim.description import DESCRIBED, described
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
from services.auth.scim.wire import (
    MODELS,
    Model,
    body,
    filter_of,
    number,
    parameters,
    slice_of,
)
from services.auth.sessions.metadata import Context, acting
from services.kit.caller import current, require_fresh
from services.kit.interceptors import Refused

SERVICE = "parley.auth.v1.ScimService"
MAX_OPERATIONS = 100


class ScimServicer(pb_grpc.ScimServiceServicer):
    """Serves `parley.auth.v1.ScimService`."""

    def __init__(self, provisioning: Provisioning, refused: Refused) -> None:
        self._provisioning = provisioning
        self._refused = refused

    async def ListScimResources(
        self, request: pb.ListScimResourcesRequest, context: Context
    ) -> pb.ListScimResourcesResponse:
        content = await self._answered(
            "ListScimResources", self._list(request), context
        )
        return pb.ListScimResourcesResponse(content=content)

    async def SearchScimResources(
        self, request: pb.SearchScimResourcesRequest, context: Context
    ) -> pb.SearchScimResourcesResponse:
        content = await self._answered(
            "SearchScimResources", self._search(request), context
        )
        return pb.SearchScimResourcesResponse(content=content)

    async def GetScimResource(
        self, request: pb.GetScimResourceRequest, context: Context
    ) -> pb.GetScimResourceResponse:
        content = await self._answered("GetScimResource", self._get(request), context)
        return pb.GetScimResourceResponse(content=content)

    async def CreateScimResource(
        self, request: pb.CreateScimResourceRequest, context: Context
    ) -> pb.CreateScimResourceResponse:
        content = await self._answered(
            "CreateScimResource", self._create(request, context), context
        )
        return pb.CreateScimResourceResponse(content=content)

    async def ReplaceScimResource(
        self, request: pb.ReplaceScimResourceRequest, context: Context
    ) -> pb.ReplaceScimResourceResponse:
        content = await self._answered(
            "ReplaceScimResource", self._replace(request, context), context
        )
        return pb.ReplaceScimResourceResponse(content=content)

    async def PatchScimResource(
        self, request: pb.PatchScimResourceRequest, context: Context
    ) -> pb.PatchScimResourceResponse:
        content = await self._answered(
            "PatchScimResource", self._patch(request, context), context
        )
        return pb.PatchScimResourceResponse(content=content)

    async def DeleteScimResource(
        self, request: pb.DeleteScimResourceRequest, context: Context
    ) -> pb.DeleteScimResourceResponse:
        content = await self._answered(
            "DeleteScimResource", self._delete(request, context), context
        )
        return pb.DeleteScimResourceResponse(content=content)

    async def _answered(
        self, method: str, asked: Awaitable[Answer], context: Context
    ) -> HttpBody:
        refused = partial(self._refused, f"/{SERVICE}/{method}")
        return await answered(asked, context, refused)

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
                start_index=number(wanted.start_index),
                count=number(wanted.count),
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
        by = provisioning(context)
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
        by = provisioning(context)
        if isinstance(resource, ScimUser):
            person = from_user(resource)
            return to_user(await self._provisioning.replace_user(id, person, by=by))
        team = from_group(resource)
        return to_group(await self._provisioning.replace_team(id, *team, by=by))

    async def _delete(
        self, request: pb.DeleteScimResourceRequest, context: Context
    ) -> Answer:
        model, id = model_of(request.collection), id_of(request.id)
        by = provisioning(context)
        if model is ScimUser:
            await self._provisioning.delete_user(id, by=by)
        else:
            await self._provisioning.delete_team(id, by=by)
        return Answer(None, 204)


def provisioning(context: Context) -> Acting:
    """
    Return who changes something: a key, which does nothing else.

    Or a person, who has to have shown lately who they are, as for all that is done to
    others (ASVS 7.5.1): SCIM is no way around that.
    """
    caller = current()
    if not caller.key_id:
        require_fresh(caller)
    return acting(context)


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
