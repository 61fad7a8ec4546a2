"""What changes among a user's conversations, from any device."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from parley.chat.v1.sync_service_pb2 import WatchChangesRequest, WatchChangesResponse
from parley_client.errors import ParleyError
from parley_client.patience import Patience, Tries
from parley_client.session import Session
from parley_client.streams import Cut, responses
from parley_client.stubs import Stubs


class Changes:
    """Watches the conversations of who is signed in."""

    def __init__(self, stubs: Stubs, session: Session, patience: Patience) -> None:
        self._stubs = stubs.sync
        self._session = session
        self._patience = patience

    async def watch(self, cursor: str = "") -> AsyncGenerator[WatchChangesResponse]:
        """
        Yield everything that changes, in order and without a gap, until you leave.

        The first says where this begins: now, or after the cursor of what was seen
        before. A connection that breaks is mended. Raises CURSOR_EXPIRED if the cursor
        is too old: load everything anew, and watch without one.
        """
        request = WatchChangesRequest(parent=self._session.user, cursor=cursor)
        tries = Tries(self._patience)
        begun = False
        while True:
            try:
                stream = responses(
                    self._stubs.WatchChanges(request), silence=self._patience.silence
                )
                async with aclosing(stream):
                    async for response in stream:
                        tries.came()
                        request.cursor = response.cursor
                        if response.events or not begun:
                            begun = True
                            yield response
                raise Cut("The stream broke off.")
            except ParleyError as error:
                if not error.temporary and error.retry_delay is None:
                    raise
                await tries.wait(error)
