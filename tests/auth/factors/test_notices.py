"""What is told of factors: to the log of what happened, and to whose they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from services.auth.audit.model import Event
from services.auth.audit.nothing import NoAudit
from services.auth.audit.origin import Origin
from services.auth.factors.ceremony_store import PostgresCeremonies
from services.auth.factors.code_store import PostgresCodes
from services.auth.factors.enrolling import Enrolling
from services.auth.factors.factors import Factors
from services.auth.factors.proving import Proving
from services.auth.factors.relying import RelyingParty
from services.auth.factors.store import PostgresFactors
from services.auth.mail.model import Kind
from services.auth.notices.notices import Notices
from services.auth.sealing.sealer import Sealer
from services.auth.sessions.model import Proof
from services.auth.sessions.store import PostgresSessions
from services.auth.users.model import LastWayIn, User
from services.auth.users.store import PostgresUsers, add
from services.kit.pages import Page
from services.kit.postgres import Database
from tests.auth.conftest import PUBLIC_URL, Clock
from tests.auth.factors.authenticator import Authenticator
from tests.auth.factors.people import App
from tests.auth.ways import Asked

EVERYTHING = Page(50, None)
BY = Origin(session_id=uuid4(), address="203.0.113.7", user_agent="a browser")


class NobodyMust:
    """Leaves it to each person whether to have a second factor."""

    async def required(self, user_id: UUID) -> bool:
        return False


class NoOtherWays:
    """Knows passwords and passkeys only."""

    async def exist(self, user_id: UUID) -> bool:
        return False


@dataclass
class Told(NoAudit):
    """Audit log and mailbox."""

    events: list[Event] = field(default_factory=list)
    mails: list[tuple[Kind, str, Mapping[str, str]]] = field(default_factory=list)

    async def record(self, event: Event) -> None:
        self.events.append(event)

    async def send(self, kind: Kind, *, to: str, values: Mapping[str, str]) -> None:
        self.mails.append((kind, to, values))

    @property
    def actions(self) -> list[tuple[str, str]]:
        return [(event.action, event.outcome) for event in self.events]

    @property
    def changes(self) -> list[str]:
        assert {kind for kind, _, _ in self.mails} == {"credential_changed"}
        return [values["change"] for _, _, values in self.mails]


@dataclass
class Parts:
    """The use cases of factors, and what they tell."""

    told: Told
    enrolling: Enrolling
    factors: Factors
    proving: Proving


@pytest.fixture
def parts(database: Database, sealer: Sealer, clock: Clock) -> Parts:
    told = Told()
    notices = Notices(told, told)
    store, codes = PostgresFactors(database), PostgresCodes(database)
    ceremonies, party = PostgresCeremonies(database), RelyingParty(PUBLIC_URL)
    enrolling = Enrolling(
        store,
        ceremonies,
        party,
        sealer=sealer,
        sessions=PostgresSessions(database),
        notices=notices,
        clock=clock,
    )
    proving = Proving(
        store,
        codes,
        ceremonies,
        party,
        users=PostgresUsers(database),
        sealer=sealer,
        notices=notices,
        clock=clock,
    )
    factors = Factors(
        store, codes, policy=NobodyMust(), other_ways=NoOtherWays(), notices=notices
    )
    return Parts(told, enrolling, factors, proving)


@pytest.fixture
async def ada(database: Database) -> User:
    """A user, who has no password."""
    user = User(
        id=uuid4(),
        email="ada@parley.example",
        email_key="ada@parley.example",
        display_name="Ada",
        password_hash=None,
        create_time=datetime.now(UTC),
    )
    async with database.transaction() as connection:
        await add(connection, user, request_id=None)
    return user


@pytest.mark.asvs("6.3.7", "16.3.1")
async def test_each_change_is_told(parts: Parts, ada: User, clock: Clock):
    begun = await parts.enrolling.begin_totp(ada)
    app = await parts.enrolling.complete_totp(
        ada, App(begun.secret, clock).code(), "", BY
    )
    options = await parts.enrolling.begin_passkey(ada)
    response = Authenticator().create(options.options)
    await parts.enrolling.complete_passkey(ada, response, "", BY)
    (recovery, *_) = await parts.factors.regenerate(ada, BY)
    assert await parts.proving.verify(ada.id, Proof("recovery_code", recovery), "again")
    await parts.factors.remove(ada, app.factor.id, BY)

    assert parts.told.actions == [
        ("factor.totp.add", "success"),
        ("passkey.add", "success"),
        ("recovery.regenerate", "success"),
        ("recovery.use", "success"),
        ("factor.totp.remove", "success"),
    ]
    assert parts.told.changes == [
        "An authenticator app was added",
        "A passkey was added",
        "New recovery codes were made",
        "A recovery code was used to sign in; 9 are left",
        "An authenticator app was removed",
    ]
    assert {to for _, to, _ in parts.told.mails} == {ada.email}
    _, _, values = parts.told.mails[0]
    assert (values["device"], values["address"]) == ("a browser", "203.0.113.7")


@pytest.mark.asvs("16.3.3")
async def test_a_counter_that_goes_back_is_told(parts: Parts, ada: User):
    passkey = await registered(parts, ada)
    await show(parts, passkey)
    passkey.count -= 1

    shown = await show(parts, passkey)

    assert shown is None
    assert parts.told.actions[-1] == ("passkey.counter", "denied")
    assert parts.told.events[-1].subject.startswith(f"{ada.name}/factors/")


@pytest.mark.asvs("16.3.3")
async def test_what_is_refused_is_told(parts: Parts, ada: User):
    await registered(parts, ada)
    (factor,) = (await parts.factors.page(ada.id, EVERYTHING)).factors

    with pytest.raises(LastWayIn):
        await parts.factors.remove(ada, factor.id, BY)

    assert parts.told.actions[-1] == ("factor.remove", "denied")
    assert len(parts.told.mails) == 1


@pytest.mark.asvs("15.4.2")
async def test_other_ways_in_are_asked_for_while_none_can_go(
    parts: Parts, ada: User, database: Database
):
    asked = Asked(database)
    factors = Factors(
        PostgresFactors(database),
        PostgresCodes(database),
        policy=NobodyMust(),
        other_ways=asked,
        notices=Notices(parts.told, parts.told),
    )
    await registered(parts, ada)
    (factor,) = (await factors.page(ada.id, EVERYTHING)).factors

    with pytest.raises(LastWayIn):
        await factors.remove(ada, factor.id, BY)

    assert asked.times_held == [True]


async def test_nothing_is_told_twice(parts: Parts, ada: User):
    options = await parts.enrolling.begin_passkey(ada)
    response = Authenticator().create(options.options)
    await parts.enrolling.complete_passkey(ada, response, "", BY)
    await parts.enrolling.complete_passkey(ada, response, "", BY)
    await parts.factors.remove(ada, uuid4(), BY)

    assert parts.told.actions == [("passkey.add", "success")]


async def test_no_secret_and_no_address_is_in_the_log(
    parts: Parts, ada: User, clock: Clock
):
    begun = await parts.enrolling.begin_totp(ada)
    code = App(begun.secret, clock).code()
    added = await parts.enrolling.complete_totp(ada, code, "my own name", BY)

    said = repr(parts.told.events)
    for secret in (begun.secret, ada.email, "my own name", *added.recovery_codes):
        assert secret not in said


async def registered(parts: Parts, user: User) -> Authenticator:
    passkey = Authenticator()
    options = await parts.enrolling.begin_passkey(user)
    response = passkey.create(options.options)
    await parts.enrolling.complete_passkey(user, response, "", BY)
    return passkey


async def show(parts: Parts, passkey: Authenticator) -> UUID | None:
    options = await parts.proving.begin("alone", None)
    return await parts.proving.alone(passkey.get(options.options))
