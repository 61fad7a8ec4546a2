"""`AUTH_IDENTITY_PROVIDERS_FILE`: the identity providers as people write them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.auth.identities.model import Provider, ProviderKind
from services.auth.identities.registration import (
    ALGORITHMS,
    GITHUB,
    GITHUB_API,
    GOOGLE,
    GOOGLE_HOSTS,
    MICROSOFT,
    MICROSOFT_HOSTS,
    TENANT,
    Algorithm,
    ClientAuth,
    Registration,
    is_safe,
)
from services.kit.yaml_file import Part, Problem, Unreadable, Whole, read_yaml

MAX_PROVIDERS = 20
MAX_SECRET = 4_096
SHARED_TENANTS = ("common", "organizations")
NAMES: dict[ProviderKind, str] = {
    "google": "Google",
    "github": "GitHub",
    "microsoft": "Microsoft",
}
SCOPES: dict[ProviderKind, tuple[str, ...]] = {
    "google": ("openid", "email", "profile"),
    "github": ("read:user", "user:email"),
    "microsoft": ("openid", "email", "profile"),
    "oidc": ("openid", "email", "profile"),
}

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,99}$")]
Scope = Annotated[str, Field(pattern=r"^[!#-\[\]-~]{1,100}$")]
Domain = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
Host = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?$")]


class ProviderPart(Part):
    """One identity provider."""

    id: Id
    kind: ProviderKind
    # No control characters, no brackets: it stands on a button.
    display_name: str = Field("", pattern=r"^[^\x00-\x1f\x7f<>]{0,60}$")
    client_id: str = Field(pattern=r"^[!-~]{1,300}$")
    client_secret: Variable | None = None
    client_secret_file: str | None = Field(None, min_length=1)
    client_auth: ClientAuth | None = None
    issuer: str = ""
    tenant: str = ""
    tenants: list[str] = Field([], max_length=100)
    url: str = ""
    api_url: str = ""
    scopes: list[Scope] = Field([], max_length=20)
    algorithms: list[Algorithm] = Field([], max_length=4)
    hosts: list[Host] = Field([], max_length=20)
    email_domains: list[Domain] = Field([], max_length=100)
    trust_email: bool = False
    sign_up: bool = False
    assume_fresh: bool = False

    def problems(self) -> Iterable[tuple[str, str]]:
        """Say what does not fit together, and of which field."""
        yield from self._problems_of_kind()
        if self.client_secret and self.client_secret_file:
            yield "client_secret", "stands beside `client_secret_file`: keep one"
        has_secret = bool(self.client_secret or self.client_secret_file)
        if self.client_auth == "none" and has_secret:
            yield "client_auth", "is none, so there must be no secret"
        if self.client_auth != "none" and not has_secret:
            yield (
                "client_id",
                "needs `client_secret`, the name of an environment variable that holds "
                "it, or `client_secret_file`; for a public client say "
                "`client_auth: none`",
            )
        if self.sign_up and not self.trust_email:
            yield (
                "sign_up",
                "needs `trust_email: true`: an account begins with an e-mail address, "
                "so somebody has to vouch for it",
            )
        if self.scopes and self.kind != "github" and "openid" not in self.scopes:
            yield "scopes", "need `openid` among them"

    def _problems_of_kind(self) -> Iterable[tuple[str, str]]:
        of_kinds = {
            "issuer": ("oidc",),
            "tenant": ("microsoft",),
            "tenants": ("microsoft",),
            "url": ("github",),
            "api_url": ("github",),
            "hosts": ("oidc",),
            "algorithms": ("oidc",),
        }
        for field, kinds in of_kinds.items():
            if getattr(self, field) and self.kind not in kinds:
                yield field, f"is for {' and '.join(kinds)} alone"
        for field in ("issuer", "url", "api_url"):
            if (address := getattr(self, field)) and not is_safe(address):
                yield field, "has to be an https:// address without query or fragment"
        if self.kind == "oidc" and not self.issuer:
            yield "kind", "oidc needs an `issuer`"
        if self.kind == "oidc" and not self.display_name:
            yield "kind", "oidc needs a `display_name`, for its button"
        if self.kind == "github" and bool(self.url) != bool(self.api_url):
            yield "url", "and `api_url` belong together"
        if self.kind == "microsoft":
            yield from self._problems_of_tenants()

    def _problems_of_tenants(self) -> Iterable[tuple[str, str]]:
        shared = self.tenant in SHARED_TENANTS
        if not shared and not is_uuid(self.tenant):
            yield (
                "tenant" if self.tenant else "kind",
                "microsoft needs a `tenant`: the ID of yours, a UUID, or one of "
                + ", ".join(SHARED_TENANTS),
            )
        if self.tenants and not shared:
            yield "tenants", "is for a `tenant` that is one of many"
        if not all(map(is_uuid, self.tenants)):
            yield "tenants", "have to be UUIDs in lower case"

    def registration(self, secret: str) -> Registration:
        """Say how Parley is known there."""
        issuer, metadata = self._issuer()
        return Registration(
            provider=Provider(
                id=self.id,
                kind=self.kind,
                display_name=self.display_name or NAMES[self.kind],
                sign_up=self.sign_up,
                trust_email=self.trust_email,
                email_domains=frozenset(self.email_domains),
                assume_fresh=self.assume_fresh,
            ),
            issuer=issuer,
            metadata=metadata,
            client_id=self.client_id,
            client_secret=secret,
            client_auth=self.client_auth
            or ("basic" if self.kind == "oidc" else "post"),
            scopes=tuple(self.scopes) or SCOPES[self.kind],
            algorithms=tuple(self.algorithms) or self._algorithms(),
            hosts=frozenset((*self.hosts, *self._hosts())),
            tenants=frozenset(self.tenants),
            api=self.api_url or GITHUB_API,
        )

    def _issuer(self) -> tuple[str, str]:
        if self.kind == "github":
            issuer = (self.url or GITHUB).rstrip("/")
            return issuer, issuer
        if self.kind == "microsoft":
            shared = self.tenant in SHARED_TENANTS
            issuer = MICROSOFT if shared else MICROSOFT.replace(TENANT, self.tenant)
            return issuer, well_known(MICROSOFT.replace(TENANT, self.tenant))
        issuer = GOOGLE if self.kind == "google" else self.issuer
        return issuer, well_known(issuer)

    def _algorithms(self) -> tuple[Algorithm, ...]:
        return ALGORITHMS if self.kind == "oidc" else ("RS256",)

    def _hosts(self) -> tuple[str, ...]:
        return {"google": GOOGLE_HOSTS, "microsoft": MICROSOFT_HOSTS}.get(self.kind, ())


class ProvidersFile(Whole):
    """The whole file."""

    providers: list[ProviderPart] = Field(min_length=1, max_length=MAX_PROVIDERS)

    def problems(self) -> Iterable[Problem]:
        """Say what does not fit together."""
        ids: set[str] = set()
        for number, provider in enumerate(self.providers):
            place = ("providers", number)
            if provider.id in ids:
                yield (*place, "id"), f"there are two providers {provider.id!r}"
            ids.add(provider.id)
            for field, problem in provider.problems():
                yield (*place, field), problem


def read_providers(
    path: Path, environment: Mapping[str, str]
) -> tuple[Registration, ...]:
    """Read the providers, or raise `Unreadable`, which says where it is wrong."""
    file = read_yaml(path, ProvidersFile)
    return tuple(
        part.registration(
            secret_of(part, environment, f"{path}, providers[{number}].client_secret")
        )
        for number, part in enumerate(file.providers)
    )


def secret_of(part: ProviderPart, environment: Mapping[str, str], place: str) -> str:
    """Read a client's secret from where the file says it is."""
    if part.client_secret:
        if secret := environment.get(part.client_secret, "").strip():
            return secret
        raise Unreadable(
            f"{place}: the environment variable {part.client_secret} is not set"
        )
    if not part.client_secret_file:
        return ""
    try:
        secret = Path(part.client_secret_file).read_text()[:MAX_SECRET].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{place}_file: {error}") from None
    if not secret:
        raise Unreadable(f"{place}_file: {part.client_secret_file} is empty")
    return secret


def well_known(issuer: str) -> str:
    """Return where an issuer describes itself (OpenID Connect Discovery 4)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def is_uuid(text: str) -> bool:
    """Tell whether this is a UUID as everybody writes it."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
