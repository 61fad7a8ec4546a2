"""How people are invited, and who may sign up."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from secrets import token_urlsafe
from uuid import UUID

from services.auth.audit.acting import Acting
from services.auth.audit.ports import Audit
from services.auth.groups.groups import Groups
from services.auth.groups.model import GroupNotFound
from services.auth.invitations.model import (
    TOKEN_BYTES,
    Admission,
    Invitation,
    InvitationEnded,
    hash_of,
)
from services.auth.invitations.ports import StoredInvitations
from services.auth.mail.ports import Mailer
from services.auth.policy.model import SignUpClosed
from services.auth.policy.policies import Policies
from services.auth.roles.model import within
from services.auth.roles.roles import Roles
from services.auth.users.emails import EmailAddress
from services.auth.users.model import EmailTaken
from services.auth.users.ports import Users
from services.kit.clock import Clock
from services.kit.errors import RequestIdReused

log = logging.getLogger(__name__)

INVITE = "invitations_write"


class Invitations:
    """Invites people, and lets them in."""

    def __init__(
        self,
        store: StoredInvitations,
        users: Users,
        *,
        policies: Policies,
        roles: Roles,
        groups: Groups,
        mailer: Mailer,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._users = users
        self._policies = policies
        self._roles = roles
        self._groups = groups
        self._mailer = mailer
        self._audit = audit
        self._clock = clock

    async def create(
        self, invitation: Invitation, *, send_mail: bool, by: Acting
    ) -> tuple[Invitation, str]:
        """Invite somebody; return the token, unless it goes by mail."""
        within(by.scope, await self._allows(invitation))
        key = invitation.email_key
        if key and await self._users.user_of_email(key):
            raise EmailTaken
        async with self._audit.together():
            return await self._created(invitation, send_mail=send_mail, by=by)

    async def _created(
        self, invitation: Invitation, *, send_mail: bool, by: Acting
    ) -> tuple[Invitation, str]:
        token = token_urlsafe(TOKEN_BYTES)
        stored = await self._store.add(invitation, hash_of(token))
        if not stored:
            raise RequestIdReused
        log.info("invitation made", extra={"invitation": stored.name})
        details = {"role": stored.role or "", "by_mail": str(send_mail).lower()}
        await self._audit.record(
            by.event("invitation.create", stored.name, details=details)
        )
        if not send_mail or not stored.email:
            return stored, token
        inviter = await self._users.user(by.user_id)
        values = {"inviter": inviter.display_name if inviter else "", "token": token}
        await self._mailer.send("invitation", to=stored.email, values=values)
        return stored, ""

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[Invitation]:
        """Return the invitations that have not ended, the latest first."""
        return await self._store.page(self._clock(), after=after, limit=limit)

    async def delete(self, invitation_id: UUID, *, by: Acting) -> None:
        """Take an invitation back, if it is there."""
        async with self._audit.together():
            if await self._store.delete(invitation_id):
                name = f"invitations/{invitation_id}"
                log.info("invitation deleted", extra={"invitation": name})
                await self._audit.record(by.event("invitation.delete", name))

    async def admit(self, email: EmailAddress, token: str) -> Admission:
        """Say what who signs up with an address may do, or refuse it."""
        policy = await self._policies.policy()
        if token:
            found = await self._store.of_token(hash_of(token), self._clock())
            if not found or not found.invites(email) or not await self._holds(found):
                raise InvitationEnded
            role = found.role or policy.default_role
            return Admission(role, found.groups, found.id)
        # Of an installation that nobody is in yet the first one becomes the owner.
        if not policy.admits(email) and await self._users.any():
            raise SignUpClosed
        return Admission(policy.default_role)

    async def _holds(self, invitation: Invitation) -> bool:
        """Tell whether who made an invitation may still invite, and to that much."""
        host = await self._users.user(invitation.creator)
        if not host or host.disabled_time:
            return False
        rights = await self._roles.rights(host.id, host.role)
        return {INVITE, *await self._allows(invitation)} <= rights.scope

    async def _allows(self, invitation: Invitation) -> frozenset[str]:
        """Return what the guest may do by the invitation's role and groups."""
        roles = {invitation.role}
        for group_id in invitation.groups:
            with suppress(GroupNotFound):  # it is left out
                roles.add((await self._groups.get(group_id)).role)
        found = [await self._roles.role(role) for role in roles if role]
        return frozenset().union(*(role.permissions for role in found))
