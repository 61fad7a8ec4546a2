"""RequestAuthentication: whose tokens are good."""

from pydantic import Field

from deploy.mesh.kinds.base import Duration, Part, Selector


class Header(Part):
    """Where a token stands."""

    name: str
    prefix: str = ""


class ClaimToHeader(Part):
    """A claim that is handed on as a header."""

    header: str
    claim: str


class JwtRule(Part):
    """One issuer, and how its tokens are checked."""

    issuer: str
    audiences: list[str] = []
    jwks_uri: str | None = None
    jwks: str | None = None
    from_headers: list[Header] = []
    output_payload_to_header: str | None = None
    output_claim_to_headers: list[ClaimToHeader] = []
    forward_original_token: bool = False
    timeout: Duration | None = None


class RequestAuthentication(Part):
    """The issuers that some workloads know."""

    selector: Selector | None = None
    jwt_rules: list[JwtRule] = Field(default=[])
