"""The gRPC surface of the policy: request in, domain call, response out."""

from parley.auth.v1 import policy_service_pb2 as pb
from parley.auth.v1 import policy_service_pb2_grpc as pb_grpc
from services.auth.policy.policies import Policies
from services.auth.policy.wire import MUTABLE, from_policy, to_policy
from services.auth.sessions.metadata import Context, acting
from services.kit.masks import changed_fields


class PolicyServicer(pb_grpc.PolicyServiceServicer):
    """Serves `parley.auth.v1.PolicyService`."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    async def GetPolicy(
        self, request: pb.GetPolicyRequest, context: Context
    ) -> pb.GetPolicyResponse:
        return pb.GetPolicyResponse(policy=to_policy(await self._policies.policy()))

    async def UpdatePolicy(
        self, request: pb.UpdatePolicyRequest, context: Context
    ) -> pb.UpdatePolicyResponse:
        paths = changed_fields(request.policy, request.update_mask.paths, MUTABLE)
        fields = from_policy(request.policy, paths)
        policy = await self._policies.update(fields, by=acting(context))
        return pb.UpdatePolicyResponse(policy=to_policy(policy))
