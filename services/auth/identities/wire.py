"""Providers and identities as protobuf."""

from parley.auth.v1 import identity_provider_service_pb2 as provider_pb
from parley.auth.v1 import identity_service_pb2 as pb
from services.auth.identities.model import (
    MAX_ANSWER,
    Answer,
    Identity,
    IdentityProviderNotFound,
    Provider,
    ProviderKind,
)
from services.auth.identities.registration import Registration
from services.kit.errors import InvalidField
from services.kit.times import timestamp

COLLECTION = "identityProviders/"
KINDS: dict[ProviderKind, pb.IdentityProvider.Kind.ValueType] = {
    "google": pb.IdentityProvider.KIND_GOOGLE,
    "github": pb.IdentityProvider.KIND_GITHUB,
    "microsoft": pb.IdentityProvider.KIND_MICROSOFT,
    "oidc": pb.IdentityProvider.KIND_OPENID_CONNECT,
}


def to_provider(provider: Provider) -> pb.IdentityProvider:
    """Put a provider on the wire."""
    return pb.IdentityProvider(
        name=f"{COLLECTION}{provider.id}",
        display_name=provider.display_name,
        kind=KINDS[provider.kind],
        reauthenticates=provider.reauthenticates,
    )


def to_registration(
    registration: Registration, redirect_uri: str
) -> provider_pb.IdentityProviderRegistration:
    """Put on the wire how Parley is known to a provider, without the secret."""
    provider = registration.provider
    return provider_pb.IdentityProviderRegistration(
        provider=f"{COLLECTION}{provider.id}",
        display_name=provider.display_name,
        kind=KINDS[provider.kind],
        issuer=registration.issuer,
        client_id=registration.client_id,
        redirect_uri=redirect_uri,
        sign_up=provider.sign_up,
        trust_email=provider.trust_email,
        email_domains=sorted(provider.email_domains),
        assume_fresh=provider.assume_fresh,
    )


def to_identity(identity: Identity) -> pb.Identity:
    """Put an identity on the wire."""
    return pb.Identity(
        name=identity.name,
        provider=f"{COLLECTION}{identity.provider}",
        label=identity.label,
        create_time=timestamp(identity.create_time),
        last_use_time=timestamp(identity.last_use_time),
    )


def from_answer(
    request: pb.FinishSignInRequest | pb.FinishLinkRequest,
) -> Answer:
    """Read what a browser brings back."""
    for field in ("state", "code", "issuer", "error"):
        if len(getattr(request, field)) > MAX_ANSWER:
            expected = f"at most {MAX_ANSWER} characters"
            raise InvalidField(field=field, expected=expected)
    return Answer(
        state=request.state,
        code=request.code,
        issuer=request.issuer,
        error=request.error,
    )


def provider_id(name: str) -> str:
    """Read the ID of a provider; what is none is not found."""
    if not name.startswith(COLLECTION):
        raise IdentityProviderNotFound(provider=name[:60])
    return name.removeprefix(COLLECTION)
