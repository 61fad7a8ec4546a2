"""How an identity provider keeps users and groups as they are there."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from scim2_models.path import FilterNode

from services.auth.admin.administration import Administration
from services.auth.audit.acting import Acting
from services.auth.audit.ports import Audit
from services.auth.groups.groups import Groups
from services.auth.groups.model import Group, GroupNotFound, TooManyGroups
from services.auth.mail.ports import Mailer
from services.auth.policy.policies import Policies
from services.auth.scim.model import Person, Provisioned, Slice, Team
from services.auth.scim.ports import Directory
from services.auth.users.model import User, UserNotFound
from services.kit.clock import Clock

log = logging.getLogger(__name__)


class Provisioning:
    """Creates, changes, disables and deletes users and groups."""

    def __init__(
        self,
        directory: Directory,
        administration: Administration,
        groups: Groups,
        policies: Policies,
        *,
        mailer: Mailer,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._administration = administration
        self._groups = groups
        self._policies = policies
        self._mailer = mailer
        self._audit = audit
        self._clock = clock

    async def user(self, user_id: UUID) -> Provisioned:
        """Return a user."""
        if found := await self._directory.user(user_id):
            return found
        raise UserNotFound(user=f"users/{user_id}")

    async def users(
        self, fits: FilterNode | None, part: Slice
    ) -> tuple[int, Sequence[Provisioned]]:
        """Return how many users a filter fits, and some of them."""
        return await self._directory.users(fits, part)

    async def create_user(self, person: Person, *, by: Acting) -> Provisioned:
        """Create a user, who has no password: the provider signs them in."""
        now = self._clock()
        policy = await self._policies.policy()
        user = User(
            id=uuid4(),
            email=person.email.text,
            email_key=person.email.key,
            display_name=person.display_name,
            password_hash=None,
            create_time=now,
            role=policy.default_role,
            email_verified_time=now,  # the provider vouches for it
        )
        async with self._audit.together():
            await self._directory.add(user, person)
            log.info("user provisioned", extra={"user": user.name})
            await self._audit.record(by.event("user.create", user.name))
            if person.active is False:
                await self._administration.disable(user.id, by=by)
        return await self.user(user.id)

    async def replace_user(
        self, user_id: UUID, person: Person, *, by: Acting
    ) -> Provisioned:
        """Change a user, who has no rights that administer."""
        was = await self.user(user_id)
        await self._administration.manageable(user_id, by)
        async with self._audit.together():
            await self._replace(was.user, person, by)
        if person.active and was.user.disabled_time:
            await self._administration.enable(user_id, by=by)
        if person.active is False and not was.user.disabled_time:
            await self._administration.disable(user_id, by=by)
        return await self.user(user_id)

    async def _replace(self, was: User, person: Person, by: Acting) -> None:
        if not await self._directory.replace(was.id, person, self._clock()):
            raise UserNotFound(user=was.name)
        await self._audit.record(by.event("user.update", was.name))
        if person.email.key != was.email_key:
            await self._audit.record(by.event("email.change", was.name))
            await self._mailer.send(
                "email_changed",
                to=was.email,
                values={"address": by.origin.address or ""},
            )

    async def delete_user(self, user_id: UUID, *, by: Acting) -> None:
        """Delete a user with all that any service keeps."""
        await self.user(user_id)
        await self._administration.delete(user_id, by=by)

    async def team(self, group_id: UUID) -> Team:
        """Return a group with all who are in it."""
        if found := await self._directory.team(group_id):
            return found
        raise GroupNotFound(group=f"groups/{group_id}")

    async def teams(
        self, fits: FilterNode | None, part: Slice
    ) -> tuple[int, Sequence[Team]]:
        """Return how many groups a filter fits, and some of them."""
        return await self._directory.teams(fits, part)

    async def create_team(
        self,
        display_name: str,
        external_id: str | None,
        members: frozenset[UUID],
        *,
        by: Acting,
    ) -> Team:
        """Create a group, which gives its members no rights until an owner says so."""
        now = self._clock()
        group = Group(
            id=uuid4(),
            display_name=display_name,
            role=None,
            external_id=external_id,
            create_time=now,
            update_time=now,
        )
        await self._groups.create(group, by=by)
        try:
            await self._groups.change_members(group.id, join=members, by=by)
        except (UserNotFound, TooManyGroups):
            # Not half of it: what is tried again would find the name taken.
            await self._groups.delete(group.id, by=by)
            raise
        return await self.team(group.id)

    async def replace_team(
        self,
        group_id: UUID,
        display_name: str,
        external_id: str | None,
        members: frozenset[UUID],
        *,
        by: Acting,
    ) -> Team:
        """Change what a group is called, and who is in it."""
        was = await self.team(group_id)
        wanted = replace(was.group, display_name=display_name, external_id=external_id)
        if wanted != was.group:
            await self._groups.update(
                group_id, by=by, display_name=display_name, external_id=external_id
            )
        there = frozenset(was.members)
        if members != there:
            await self._groups.change_members(
                group_id, join=members - there, leave=there - members, by=by
            )
        return await self.team(group_id)

    async def delete_team(self, group_id: UUID, *, by: Acting) -> None:
        """Delete a group."""
        await self.team(group_id)
        await self._groups.delete(group_id, by=by)
