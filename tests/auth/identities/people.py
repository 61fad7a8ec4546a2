"""People who are there, and what they do."""

from uuid import uuid4

from services.auth.sessions.model import SignedIn
from services.auth.users import store as users_store
from services.auth.users.emails import EmailAddress
from services.auth.users.model import User
from services.auth.users.store import PostgresUsers
from services.kit.clock import utc_now
from services.kit.postgres import Database
from tests.auth.identities.conftest import Tab
from tests.doubles.hostile_issuer import HostileIssuer


async def stored(database: Database, email: str, *, hash: str | None = "x") -> User:
    """Store somebody who signed up with an address and a password."""
    address = EmailAddress.require(email, "email")
    user = User(
        id=uuid4(),
        email=address.text,
        email_key=address.key,
        display_name=address.local_part,
        password_hash=hash,
        create_time=utc_now(),
    )
    async with database.transaction() as connection:
        assert await users_store.add(connection, user, request_id=None)
    return user


async def signed_in(tab: Tab, issuer: HostileIssuer) -> SignedIn:
    entered = await tab.come_back(issuer.authorize(await tab.leave()))
    assert isinstance(entered.answer, SignedIn)
    return entered.answer


async def user_of(database: Database, signed_in: SignedIn) -> User:
    user = await PostgresUsers(database).user(signed_in.session.user_id)
    assert user
    return user
