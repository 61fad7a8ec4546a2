"""How a link is followed, by whoever has it."""

from hashlib import sha256

from services.chat.shares.model import Snapshot, TooManyLookups, token_hash
from services.chat.shares.ports import Shares
from services.kit.addresses import network
from services.kit.buckets import Buckets, Size
from services.kit.caller import current

# Of one network address, which many people may share. Guessing is hopeless at any
# rate; this keeps it from costing the others anything.
LOOKUPS = Size(burst=200, per_minute=300)
NOWHERE = "nowhere"  # calls that did not come through the edge share a bucket


class Links:
    """Follows links, so often and no more from one network address."""

    def __init__(self, shares: Shares, buckets: Buckets) -> None:
        self._shares = shares
        self._buckets = buckets

    async def follow(self, token: str, *, address: str | None) -> Snapshot:
        """Return what a token leads to, to a signed-in user if its owner wants one."""
        # Counted before anything is looked up, so that guesses made at the same time
        # do not slip through.
        level = await self._buckets.take(key(address))
        if not level.taken:
            raise TooManyLookups(retry_seconds=level.wait_seconds)
        found = await self._shares.show(token_hash(token))
        if found.signed_in_only:
            current()
        return found


def key(address: str | None) -> str:
    """Name a bucket without saying whose it is."""
    origin = network(address) if address else NOWHERE
    return f"parley:links:{sha256(origin.encode()).hexdigest()}"
