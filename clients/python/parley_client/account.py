"""The account of a person: its name, password and address."""

from collections.abc import AsyncIterator, Iterable

from parley.auth.v1.account_service_pb2 import UpdateUserRequest, User
from parley.auth.v1.credential_service_pb2 import (
    ChangeEmailRequest,
    CompleteEmailChangeRequest,
    CompletePasswordResetRequest,
    RequestPasswordResetRequest,
    ResendCodeRequest,
)
from parley.auth.v1.group_service_pb2 import Group, ListUserGroupsRequest
from parley.auth.v1.verification_pb2 import Verification
from parley_client.errors import typed_errors
from parley_client.pages import every
from parley_client.session import Session
from parley_client.stubs import Stubs


class Account:
    """Changes an account; what takes a code returns a verification to show it with."""

    def __init__(self, stubs: Stubs, session: Session) -> None:
        self._stubs = stubs
        self._session = session

    async def rename(self, display_name: str) -> User:
        """Change what others see."""
        user = User(name=self._session.user, display_name=display_name)
        request = UpdateUserRequest(user=user)
        with typed_errors():
            return (await self._stubs.accounts.UpdateUser(request)).user

    def groups(self) -> AsyncIterator[Group]:
        """List the groups that one is in, the latest first."""
        user = self._session.user

        async def page(token: str) -> tuple[Iterable[Group], str]:
            request = ListUserGroupsRequest(parent=user, page_token=token)
            answer = await self._stubs.groups.ListUserGroups(request)
            return answer.groups, answer.next_page_token

        return every(page)

    async def change_password(
        self, current: str, new: str, *, keep_other_sessions: bool = False
    ) -> None:
        """Set another password, and end the other sessions."""
        await self._session.change_password(
            current, new, keep_other_sessions=keep_other_sessions
        )

    async def request_password_reset(self, email: str) -> Verification:
        """Have a code sent, if the address has an account: the answer is the same."""
        request = RequestPasswordResetRequest(email=email)
        with typed_errors():
            answer = await self._stubs.credentials.RequestPasswordReset(request)
            return answer.verification

    async def reset_password(
        self, verification: Verification, code: str, password: str
    ) -> None:
        """Set a new password by a code, and end all sessions."""
        request = CompletePasswordResetRequest(
            token=verification.token, code=code, new_password=password
        )
        with typed_errors():
            await self._stubs.credentials.CompletePasswordReset(request)

    async def change_email(self, email: str) -> Verification | None:
        """Have a code sent to another address; None if it is in use at once."""
        request = ChangeEmailRequest(name=self._session.user, new_email=email)
        with typed_errors():
            answer = await self._stubs.credentials.ChangeEmail(request)
        return answer.verification if answer.HasField("verification") else None

    async def complete_email_change(
        self, verification: Verification, code: str
    ) -> User:
        """Take another address into use."""
        request = CompleteEmailChangeRequest(
            name=self._session.user, token=verification.token, code=code
        )
        with typed_errors():
            answer = await self._stubs.credentials.CompleteEmailChange(request)
            return answer.user

    async def resend_code(self, verification: Verification) -> Verification:
        """Have another code sent in the place of the one before."""
        request = ResendCodeRequest(token=verification.token)
        with typed_errors():
            answer = await self._stubs.credentials.ResendCode(request)
            return answer.verification
