"""What serves those who run Parley, and the identity providers that fill it."""

from functools import partial

from parley.auth.v1 import admin_service_pb2_grpc as admin_grpc
from parley.auth.v1 import group_service_pb2_grpc as group_grpc
from parley.auth.v1 import impersonation_service_pb2_grpc as impersonation_grpc
from parley.auth.v1 import invitation_service_pb2_grpc as invitation_grpc
from parley.auth.v1 import policy_service_pb2_grpc as policy_grpc
from parley.auth.v1 import role_service_pb2_grpc as role_grpc
from parley.auth.v1 import scim_service_pb2_grpc as scim_grpc
from services.auth.admin.administration import Administration
from services.auth.admin.role_servicer import RoleServicer
from services.auth.admin.servicer import AdminServicer
from services.auth.admin.store import PostgresDirectory
from services.auth.groups.servicer import GroupServicer
from services.auth.impersonation.impersonation import Impersonation
from services.auth.impersonation.servicer import ImpersonationServicer
from services.auth.invitations.servicer import InvitationServicer
from services.auth.joining.core import Core
from services.auth.joining.given import Add
from services.auth.policy.servicer import PolicyServicer
from services.auth.scim.provisioning import Provisioning
from services.auth.scim.servicer import ScimServicer
from services.auth.scim.store import PostgresScim
from services.auth.sessions.denials import Denials


def administering(core: Core) -> tuple[Add, ...]:
    """Join what administrators do, and what provisions users for them."""
    given = core.given
    administration = Administration(
        PostgresDirectory(given.database),
        core.users,
        core.roles,
        sessions=core.sessions,
        factors=core.stored_factors,
        mailer=core.mailer,
        erasing=core.erasing,
        audit=given.audit,
        clock=given.clock,
    )
    impersonation = Impersonation(
        administration,
        core.roles,
        access_tokens=given.access_tokens,
        verify=given.verifier.verify,
        revocations=core.revocations,
        mailer=core.mailer,
        audit=given.audit,
        clock=given.clock,
    )
    provisioning = Provisioning(
        PostgresScim(given.database),
        administration,
        core.groups,
        core.policies,
        mailer=core.mailer,
        audit=given.audit,
        clock=given.clock,
    )
    return (
        partial(
            admin_grpc.add_AdminServiceServicer_to_server,
            AdminServicer(administration, core.stored_groups, core.sessions),
        ),
        partial(
            impersonation_grpc.add_ImpersonationServiceServicer_to_server,
            ImpersonationServicer(impersonation),
        ),
        partial(role_grpc.add_RoleServiceServicer_to_server, RoleServicer(core.roles)),
        partial(
            group_grpc.add_GroupServiceServicer_to_server,
            GroupServicer(core.groups, given.clock),
        ),
        partial(
            invitation_grpc.add_InvitationServiceServicer_to_server,
            InvitationServicer(core.invitations, given.clock),
        ),
        partial(
            policy_grpc.add_PolicyServiceServicer_to_server,
            PolicyServicer(core.policies),
        ),
        partial(
            scim_grpc.add_ScimServiceServicer_to_server,
            ScimServicer(provisioning, Denials.of(given.audit)),
        ),
    )
