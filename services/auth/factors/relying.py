"""What we ask of passkeys, and what we believe of their answers (WebAuthn level 3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import webauthn
from webauthn.helpers import (
    options_to_json,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier as Algorithm
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.auth.factors.model import CEREMONY, Credential, InvalidPasskey

T = TypeVar("T")

RP_NAME = "Parley"
CHALLENGE_BYTES = 32
MAX_RESPONSE = 16 * 1024  # characters of JSON
MAX_CREDENTIAL_ID = 1023  # bytes, as the specification has it
MAX_PUBLIC_KEY = 1024  # bytes; one of RSA with 4096 bits has 550
MAX_TRANSPORTS = 8
TIMEOUT_MS = int(CEREMONY.total_seconds() * 1000)
ALGORITHMS = [
    Algorithm.ECDSA_SHA_256,
    Algorithm.EDDSA,
    Algorithm.RSASSA_PKCS1_v1_5_SHA_256,
]
# We ask for no attestation, so whose make a passkey is we neither learn nor check, and
# need not parse certificates that a stranger made.
FORMATS = (AttestationFormat.NONE, AttestationFormat.PACKED)


@dataclass(frozen=True, slots=True)
class Attested:
    """A registration as it came: not yet verified."""

    credential_id: bytes
    challenge: bytes = field(repr=False)
    parsed: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asserted:
    """An assertion as it came: not yet verified."""

    credential_id: bytes
    challenge: bytes = field(repr=False)
    user_handle: bytes | None
    parsed: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a right assertion says."""

    sign_count: int
    backed_up: bool
    user_verified: bool


class RelyingParty:
    """Speaks WebAuthn for one origin."""

    def __init__(self, public_url: str) -> None:
        parts = urlsplit(public_url)
        if not parts.hostname or parts.scheme not in {"http", "https"}:
            raise ValueError("the public URL must be that of a web site")
        self._id = parts.hostname
        self._origin = f"{parts.scheme}://{parts.netloc}"

    def creation_options(
        self,
        challenge: bytes,
        *,
        user_id: UUID,
        account: str,
        display_name: str,
        known: Sequence[Credential],
    ) -> str:
        """Say, in JSON, what passkey a browser is to make."""
        # Both are required so that each passkey can be used alone.
        selection = AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(
            webauthn.generate_registration_options(
                rp_id=self._id,
                rp_name=RP_NAME,
                user_id=user_id.bytes,
                user_name=account,
                user_display_name=display_name,
                challenge=challenge,
                timeout=TIMEOUT_MS,
                authenticator_selection=selection,
                exclude_credentials=described(known),
                supported_pub_key_algs=ALGORITHMS,
            )
        )

    def request_options(
        self, challenge: bytes, *, known: Sequence[Credential], verify_user: bool
    ) -> str:
        """Say, in JSON, what passkeys a browser may show; any, if none are named."""
        wanted = UserVerificationRequirement
        return options_to_json(
            webauthn.generate_authentication_options(
                rp_id=self._id,
                challenge=challenge,
                timeout=TIMEOUT_MS,
                allow_credentials=described(known),
                user_verification=wanted.REQUIRED if verify_user else wanted.PREFERRED,
            )
        )

    def attested(self, response_json: str) -> Attested:
        """Read a registration, or refuse it."""
        return believed(lambda: read_attested(bounded(response_json)))

    def asserted(self, response_json: str) -> Asserted:
        """Read an assertion, or refuse it."""
        return believed(lambda: read_asserted(bounded(response_json)))

    def registered(self, attested: Attested, user_id: UUID) -> Credential:
        """Verify a registration by its challenge; return the new passkey."""
        return believed(lambda: self._registered(attested, user_id))

    def _registered(self, attested: Attested, user_id: UUID) -> Credential:
        response = attested.parsed.response
        if parse_attestation_object(response.attestation_object).fmt not in FORMATS:
            raise ValueError("attestation was not asked for")
        verified = webauthn.verify_registration_response(
            credential=attested.parsed,
            expected_challenge=attested.challenge,
            expected_rp_id=self._id,
            expected_origin=self._origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        if (
            verified.credential_id != attested.credential_id
            or len(verified.credential_id) > MAX_CREDENTIAL_ID
            or len(verified.credential_public_key) > MAX_PUBLIC_KEY
        ):
            raise ValueError("not one passkey, or not of a usual size")
        multi = CredentialDeviceType.MULTI_DEVICE
        return Credential(
            id=uuid4(),
            user_id=user_id,
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            backup_eligible=verified.credential_device_type == multi,
            backed_up=verified.credential_backed_up,
            transports=tuple(
                transport.value for transport in response.transports or ()
            )[:MAX_TRANSPORTS],
        )

    def shown(
        self, asserted: Asserted, credential: Credential, *, verify_user: bool
    ) -> Shown:
        """Verify an assertion by its challenge and the passkey's public key."""
        return believed(
            lambda: self._shown(asserted, credential, verify_user=verify_user)
        )

    def _shown(
        self, asserted: Asserted, credential: Credential, *, verify_user: bool
    ) -> Shown:
        verified = webauthn.verify_authentication_response(
            credential=asserted.parsed,
            expected_challenge=asserted.challenge,
            expected_rp_id=self._id,
            expected_origin=self._origin,
            credential_public_key=credential.public_key,
            # The store compares counters, so that of two at once one is refused.
            credential_current_sign_count=0,
            require_user_verification=verify_user,
        )
        multi = CredentialDeviceType.MULTI_DEVICE
        if (verified.credential_device_type == multi) != credential.backup_eligible:
            raise ValueError("whether it may be on several devices never changes")
        return Shown(
            verified.new_sign_count,
            backed_up=verified.credential_backed_up,
            user_verified=verified.user_verified,
        )


def read_attested(response_json: str) -> Attested:
    """Read a registration."""
    parsed = parse_registration_credential_json(response_json)
    challenge = challenge_of(parsed.response.client_data_json)
    return Attested(parsed.raw_id, challenge, parsed)


def read_asserted(response_json: str) -> Asserted:
    """Read an assertion."""
    parsed = parse_authentication_credential_json(response_json)
    response = parsed.response
    challenge = challenge_of(response.client_data_json)
    return Asserted(parsed.raw_id, challenge, response.user_handle, parsed)


def challenge_of(client_data_json: bytes) -> bytes:
    """Return the challenge that a browser answers, in a page that is in no frame."""
    client_data = parse_client_data_json(client_data_json)
    if client_data.cross_origin:
        raise ValueError("the page was in a frame of another site's")
    return client_data.challenge


def bounded(response_json: str) -> str:
    """Refuse what is larger than any passkey's answer."""
    if len(response_json) > MAX_RESPONSE:
        raise ValueError("the answer is too large")
    return response_json


def described(known: Sequence[Credential]) -> list[PublicKeyCredentialDescriptor]:
    """Name passkeys to a browser."""
    return [
        PublicKeyCredentialDescriptor(
            id=credential.credential_id,
            transports=[AuthenticatorTransport(name) for name in credential.transports],
        )
        for credential in known
    ]


def believed(read: Callable[[], T]) -> T:
    """Refuse, all alike, whatever cannot be read or is not right."""
    try:
        return read()
    # The answers are a stranger's bytes: JSON, CBOR, keys, certificates. What their
    # parsers raise is not listed anywhere, and none of it is a defect of ours.
    except Exception as error:
        raise InvalidPasskey from error
