"""What lets people in who are known elsewhere."""

import logging
from collections.abc import Sequence
from functools import partial

from parley.auth.v1 import identity_provider_service_pb2_grpc as provider_grpc
from parley.auth.v1 import identity_service_pb2_grpc as identity_grpc
from services.auth.identities.identities import Identities
from services.auth.identities.model import Provider
from services.auth.identities.provider_servicer import IdentityProviderServicer
from services.auth.identities.registrations import Registrations
from services.auth.identities.servicer import IdentityServicer
from services.auth.identities.store import PostgresFlows
from services.auth.identities.trips import Trips
from services.auth.joining.core import Core
from services.auth.joining.given import Add

log = logging.getLogger(__name__)

CALLBACK = "/sign-in/callback"  # the web app's page to which providers send people


def elsewhere(core: Core) -> tuple[Add, ...]:
    """Join what identity providers say of people."""
    given = core.given
    redirect_uri = f"{given.public_url}{CALLBACK}"
    trips = Trips(
        given.providers,
        PostgresFlows(given.database),
        redirect_uri=redirect_uri,
        clock=given.clock,
    )
    identities = Identities(
        trips,
        core.identities,
        core.users,
        core.sign_in,
        core.sessions,
        core.factors,
        admissions=core.invitations,
        attempts=core.attempts,
        notices=core.notices,
        clock=given.clock,
    )
    registrations = Registrations(
        given.providers, redirect_uri=redirect_uri, attempts=core.attempts
    )
    if not given.mailer:
        warn_of_dead_ends(identities.providers())
    return (
        partial(
            identity_grpc.add_IdentityServiceServicer_to_server,
            IdentityServicer(identities),
        ),
        partial(
            provider_grpc.add_IdentityProviderServiceServicer_to_server,
            IdentityProviderServicer(registrations),
        ),
    )


def warn_of_dead_ends(providers: Sequence[Provider]) -> None:
    """Say whose newcomers can do nothing delicate: they show nowhere who they are."""
    for provider in providers:
        if provider.sign_up and not provider.reauthenticates:
            log.warning(
                "without mail, who signs up by this provider can never show once more "
                "who they are: set assume_fresh for it",
                extra={"provider": provider.id},
            )
