"""What erasing needs from the outside."""

from datetime import timedelta
from typing import Protocol
from uuid import UUID

from services.chat.erasure.model import Asked, Due
from services.kit.erasing import Parts


class Erasures(Parts[Due], Protocol):
    """Erasures that are not done."""

    async def ask(self, user_id: UUID, *, going_on: timedelta) -> Asked:
        """
        Begin to erase what there is of a user, and what will be for so long.

        Conversations and links are out of sight at once, and replies are told to stop.
        If it has begun already, it goes on, and its deadline stays.
        """
