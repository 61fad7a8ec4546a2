"""What calls auth in tests: a browser with its cookies."""

from dataclasses import dataclass, field
from http.cookies import Morsel, SimpleCookie
from typing import Any
from uuid import uuid4

import grpc

from parley.auth.v1 import account_service_pb2 as account_pb
from parley.auth.v1 import account_service_pb2_grpc as account_grpc
from parley.auth.v1 import admin_service_pb2_grpc as admin_grpc
from parley.auth.v1 import api_key_service_pb2_grpc as api_key_grpc
from parley.auth.v1 import credential_service_pb2_grpc as credential_grpc
from parley.auth.v1 import device_service_pb2_grpc as device_grpc
from parley.auth.v1 import factor_service_pb2_grpc as factor_grpc
from parley.auth.v1 import group_service_pb2_grpc as group_grpc
from parley.auth.v1 import identity_provider_service_pb2_grpc as provider_grpc
from parley.auth.v1 import identity_service_pb2_grpc as identity_grpc
from parley.auth.v1 import impersonation_service_pb2_grpc as impersonation_grpc
from parley.auth.v1 import invitation_service_pb2_grpc as invitation_grpc
from parley.auth.v1 import key_service_pb2_grpc as key_grpc
from parley.auth.v1 import oauth_service_pb2_grpc as oauth_grpc
from parley.auth.v1 import passkey_service_pb2_grpc as passkey_grpc
from parley.auth.v1 import policy_service_pb2_grpc as policy_grpc
from parley.auth.v1 import role_service_pb2_grpc as role_grpc
from parley.auth.v1 import session_service_pb2 as session_pb
from parley.auth.v1 import session_service_pb2_grpc as session_grpc
from parley.auth.v1.verification_pb2 import Verification
from tests.canaries.secrets import PASSWORD as PASSWORD

COOKIE = "__Host-parley_refresh"
DEVICE = "__Host-parley_device"

Metadata = list[tuple[str, str]]


def new_email() -> str:
    return f"{uuid4().hex}@example.com"


def cookies_of(metadata: Any) -> list[Morsel[str]]:
    """Read every `set-cookie` of a response."""
    values = [str(value) for key, value in metadata or () if key == "set-cookie"]
    return [morsel for value in values for morsel in SimpleCookie(value).values()]


class Api:
    """The stubs of one channel."""

    def __init__(self, channel: grpc.aio.Channel, address: str = "") -> None:
        self.channel = channel
        self.address = address
        self.accounts: account_grpc.AccountServiceAsyncStub
        self.accounts = account_grpc.AccountServiceStub(channel)
        self.credentials: credential_grpc.CredentialServiceAsyncStub
        self.credentials = credential_grpc.CredentialServiceStub(channel)
        self.sessions: session_grpc.SessionServiceAsyncStub
        self.sessions = session_grpc.SessionServiceStub(channel)
        self.factors: factor_grpc.FactorServiceAsyncStub
        self.factors = factor_grpc.FactorServiceStub(channel)
        self.api_keys: api_key_grpc.ApiKeyServiceAsyncStub
        self.api_keys = api_key_grpc.ApiKeyServiceStub(channel)
        self.devices: device_grpc.DeviceServiceAsyncStub
        self.devices = device_grpc.DeviceServiceStub(channel)
        self.oauth: oauth_grpc.OAuthServiceAsyncStub
        self.oauth = oauth_grpc.OAuthServiceStub(channel)
        self.passkeys: passkey_grpc.PasskeyServiceAsyncStub
        self.passkeys = passkey_grpc.PasskeyServiceStub(channel)
        self.identities: identity_grpc.IdentityServiceAsyncStub
        self.identities = identity_grpc.IdentityServiceStub(channel)
        self.providers: provider_grpc.IdentityProviderServiceAsyncStub
        self.providers = provider_grpc.IdentityProviderServiceStub(channel)
        self.keys: key_grpc.KeyServiceAsyncStub = key_grpc.KeyServiceStub(channel)
        self.admin: admin_grpc.AdminServiceAsyncStub
        self.admin = admin_grpc.AdminServiceStub(channel)
        self.roles: role_grpc.RoleServiceAsyncStub = role_grpc.RoleServiceStub(channel)
        self.groups: group_grpc.GroupServiceAsyncStub
        self.groups = group_grpc.GroupServiceStub(channel)
        self.invitations: invitation_grpc.InvitationServiceAsyncStub
        self.invitations = invitation_grpc.InvitationServiceStub(channel)
        self.impersonation: impersonation_grpc.ImpersonationServiceAsyncStub
        self.impersonation = impersonation_grpc.ImpersonationServiceStub(channel)
        self.policy: policy_grpc.PolicyServiceAsyncStub
        self.policy = policy_grpc.PolicyServiceStub(channel)


@dataclass
class Browser:
    """Somebody who calls auth, and keeps cookie and access token as a browser does."""

    api: Api
    email: str = field(default_factory=new_email)
    password: str = PASSWORD
    cookie: str = ""
    token: str = ""
    user: str = ""
    session: session_pb.Session = field(default_factory=session_pb.Session)
    set_cookie: Morsel[str] | None = None
    address: str = ""
    verification: Verification = field(default_factory=Verification)
    device: str = ""  # what it is known by after it signed in
    keeps_device: bool = True

    @property
    def metadata(self) -> Metadata:
        found = [
            ("cookie", f"{COOKIE}={self.cookie}" if self.cookie else ""),
            ("cookie", f"{DEVICE}={self.device}" if self.device else ""),
            ("authorization", f"Bearer {self.token}" if self.token else ""),
            ("x-envoy-external-address", self.address),
        ]
        return [(key, value) for key, value in found if value]

    async def sign_up(
        self, *, request_id: str = "", invitation_token: str = ""
    ) -> "Browser":
        request = account_pb.CreateUserRequest(
            user=account_pb.User(email=self.email),
            password=self.password,
            request_id=request_id,
            invitation_token=invitation_token,
        )
        answer = await self.call(self.api.accounts.CreateUser, request)
        self.user = answer.user.name
        return self.keep(answer)

    async def ask_to_sign_up(
        self, display_name: str = "", *, invitation_token: str = ""
    ) -> account_pb.User:
        """Sign up where that takes a code: keep what it has to be shown with."""
        request = account_pb.CreateUserRequest(
            user=account_pb.User(email=self.email, display_name=display_name),
            password=self.password,
            invitation_token=invitation_token,
        )
        answer = await self.call(self.api.accounts.CreateUser, request)
        assert not answer.HasField("session")
        self.verification = answer.verification
        user: account_pb.User = answer.user
        return user

    async def show_code(self, code: str) -> "Browser":
        """Sign up with the code that came."""
        request = account_pb.CompleteSignUpRequest(
            token=self.verification.token, code=code
        )
        answer = await self.call(self.api.accounts.CompleteSignUp, request)
        self.user = answer.user.name
        return self.keep(answer)

    async def sign_in(self) -> "Browser":
        request = session_pb.CreateSessionRequest(
            email=self.email, password=self.password
        )
        return self.keep(await self.call(self.api.sessions.CreateSession, request))

    async def refresh(self) -> "Browser":
        request = session_pb.RefreshSessionRequest()
        return self.keep(await self.call(self.api.sessions.RefreshSession, request))

    async def sign_out(self, session: str = "") -> None:
        request = session_pb.DeleteSessionRequest(name=session or self.session.name)
        await self.call(self.api.sessions.DeleteSession, request)

    async def get_user(self, name: str = "") -> account_pb.User:
        request = account_pb.GetUserRequest(name=name or self.user)
        answer: account_pb.GetUserResponse
        answer = await self.call(self.api.accounts.GetUser, request)
        return answer.user

    async def delete_user(self, name: str = "") -> None:
        request = account_pb.DeleteUserRequest(
            name=name or self.user, password=self.password
        )
        await self.call(self.api.accounts.DeleteUser, request)

    async def call(self, method: Any, request: Any) -> Any:
        """Call, and do with `set-cookie` as a browser does, whatever the status."""
        running = method(request, metadata=self.metadata, timeout=10)
        self.set_cookie = None
        for morsel in cookies_of(await running.initial_metadata()):
            if morsel.key == DEVICE:
                self.device = morsel.value if self.keeps_device else ""
                continue
            assert morsel.key == COOKIE
            assert self.set_cookie is None, "one cookie at most"
            self.set_cookie = morsel
            self.cookie = "" if morsel["max-age"] == "0" else morsel.value
        return await running

    def keep(self, answer: Any) -> "Browser":
        """Keep the tokens of a session that began or goes on."""
        self.session = answer.session
        self.token = answer.access_token.token
        return self
