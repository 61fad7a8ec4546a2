"""How people who have forgotten their password set another."""

import logging

from services.auth.codes.codes import Codes
from services.auth.codes.model import Asked, CodeEnded, Verification
from services.auth.credentials.model import MailOff
from services.auth.credentials.ports import StoredCredentials
from services.auth.notices.notices import Notices
from services.auth.passwords.passwords import Passwords
from services.auth.passwords.rules import PasswordRules
from services.auth.revocations.ports import Revocations
from services.auth.sessions.model import Client
from services.auth.sessions.sessions import Sessions
from services.auth.users.emails import EmailAddress
from services.auth.users.model import User
from services.auth.users.ports import Users

log = logging.getLogger(__name__)

SET_ANEW = "Your password was set anew, by a code that went to this address"


class PasswordResets:
    """
    Sets new passwords by codes that go by mail.

    Whether an address has an account can be told neither by the answer nor by the work
    that was done for it: also nobody's code is stored, and mail to nobody is queued.
    """

    def __init__(
        self,
        store: StoredCredentials,
        users: Users,
        passwords: Passwords,
        *,
        rules: PasswordRules,
        codes: Codes,
        sessions: Sessions,
        revocations: Revocations,
        notices: Notices,
        sends_mail: bool,
    ) -> None:
        self._store = store
        self._users = users
        self._passwords = passwords
        self._rules = rules
        self._codes = codes
        self._sessions = sessions
        self._revocations = revocations
        self._notices = notices
        self._sends_mail = sends_mail

    async def request(self, email: EmailAddress, *, client: Client) -> Verification:
        """Have a code sent to an address, if it has an account."""
        if not self._sends_mail:
            raise MailOff
        user = await self._users.user_of_email(email.key)
        if user and user.disabled_time:
            user = None
        asked = Asked(
            purpose="reset",
            email=user.email if user else email.text,
            email_key=email.key,
            letter="reset_password" if user else "nobody",
            user_id=user.id if user else None,
        )
        known = await self._sessions.is_known(asked.user_id, client)
        verification = await self._codes.ask(asked, address=client.address, known=known)
        await self._notices.record(
            client.event(
                "password.reset_request",
                user.name if user else "users/-",
                actor=user.id if user else None,
            )
        )
        return verification

    async def complete(
        self, token: str, code: str, password: str, *, client: Client
    ) -> None:
        """Set a password with a code, and end all sessions."""
        asked = await self._codes.check(token, code, "reset", address=client.address)
        user = await self._owner(asked)
        # Refused without using up the code: the person may choose another password.
        accepted = self._rules.accept(password, names=user.names, field="new_password")
        hashed = await self._passwords.hash(accepted)
        await self._codes.use(token)
        async with self._notices.together():
            changed = await self._store.replace_password(user, hashed)
            if not changed:
                raise CodeEnded
            await self._sessions.end_all(user.id, client=client)
            # Whoever knew the old password may have signed in from one.
            await self._sessions.forget_devices(user.id, client=client)
            await self._revocations.user(user.id, version=changed.version)
            log.info("password reset", extra={"user": user.name})
            event = client.event("password.reset", user.name, actor=user.id)
            await self._notices.changed(user, event, SET_ANEW)

    async def _owner(self, asked: Asked) -> User:
        user = await self._users.user(asked.user_id) if asked.user_id else None
        # Mail went to the address of then: it may be another's by now.
        if not user or user.disabled_time or user.email_key != asked.email_key:
            raise CodeEnded
        return user
