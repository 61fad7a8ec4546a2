"""What signing in is made of. Each part is made when it is first asked for."""

from functools import cached_property

from services.auth.accounts.erasing import Erasing
from services.auth.attempts.attempts import Attempts
from services.auth.factors.ceremony_store import PostgresCeremonies
from services.auth.factors.code_store import PostgresCodes as PostgresRecoveryCodes
from services.auth.factors.ports import FactorPolicy
from services.auth.factors.proving import Proving as ShownFactors
from services.auth.factors.relying import RelyingParty
from services.auth.factors.store import PostgresFactors
from services.auth.groups.groups import Groups
from services.auth.groups.store import PostgresGroups
from services.auth.identities.store import PostgresIdentities
from services.auth.invitations.invitations import Invitations
from services.auth.invitations.store import PostgresInvitations
from services.auth.joining.given import Given
from services.auth.mail.nothing import NoMailer
from services.auth.mail.ports import Mailer
from services.auth.notices.notices import Notices
from services.auth.policy.policies import Policies
from services.auth.policy.store import PostgresPolicy
from services.auth.revocations.store import PostgresRevocations
from services.auth.roles.roles import Roles
from services.auth.roles.store import PostgresRoles
from services.auth.sessions.device_store import PostgresDevices
from services.auth.sessions.devices import Devices
from services.auth.sessions.passkeys import PasskeySignIn
from services.auth.sessions.pending_store import PostgresPendingSignIns
from services.auth.sessions.ports import SecondFactors
from services.auth.sessions.proving import Proving
from services.auth.sessions.sessions import Sessions
from services.auth.sessions.signing_in import SignIn
from services.auth.sessions.store import PostgresSessions
from services.auth.users.store import PostgresUsers


class Core:
    """The parts that others stand on."""

    def __init__(self, given: Given) -> None:
        self.given = given

    @cached_property
    def mailer(self) -> Mailer:
        return self.given.mailer or NoMailer()

    @cached_property
    def attempts(self) -> Attempts:
        return Attempts(self.given.counter, self.given.audit)

    @cached_property
    def revocations(self) -> PostgresRevocations:
        return PostgresRevocations(self.given.database)

    @cached_property
    def users(self) -> PostgresUsers:
        return PostgresUsers(self.given.database)

    @cached_property
    def roles(self) -> Roles:
        return Roles(PostgresRoles(self.given.database), audit=self.given.audit)

    @cached_property
    def policies(self) -> Policies:
        return Policies(
            PostgresPolicy(self.given.database),
            self.users,
            self.roles,
            audit=self.given.audit,
        )

    @cached_property
    def factor_policy(self) -> FactorPolicy:
        return self.given.policy or self.policies

    @cached_property
    def erasing(self) -> Erasing:
        given = self.given
        return Erasing(given.owners, given.access_tokens, clock=given.clock)

    @cached_property
    def stored_groups(self) -> PostgresGroups:
        return PostgresGroups(self.given.database)

    @cached_property
    def groups(self) -> Groups:
        given = self.given
        return Groups(
            self.stored_groups, self.roles, audit=given.audit, clock=given.clock
        )

    @cached_property
    def invitations(self) -> Invitations:
        return Invitations(
            PostgresInvitations(self.given.database),
            self.users,
            policies=self.policies,
            roles=self.roles,
            groups=self.groups,
            mailer=self.mailer,
            audit=self.given.audit,
            clock=self.given.clock,
        )

    @cached_property
    def stored_sessions(self) -> PostgresSessions:
        return PostgresSessions(self.given.database)

    @cached_property
    def pending(self) -> PostgresPendingSignIns:
        return PostgresPendingSignIns(self.given.database)

    @cached_property
    def notices(self) -> Notices:
        return Notices(self.given.audit, self.mailer)

    @cached_property
    def stored_factors(self) -> PostgresFactors:
        return PostgresFactors(self.given.database)

    @cached_property
    def recovery_codes(self) -> PostgresRecoveryCodes:
        return PostgresRecoveryCodes(self.given.database)

    @cached_property
    def ceremonies(self) -> PostgresCeremonies:
        return PostgresCeremonies(self.given.database)

    @cached_property
    def relying_party(self) -> RelyingParty:
        return RelyingParty(self.given.public_url)

    @cached_property
    def shown_factors(self) -> ShownFactors:
        return ShownFactors(
            self.stored_factors,
            self.recovery_codes,
            self.ceremonies,
            self.relying_party,
            users=self.users,
            sealer=self.given.sealer,
            notices=self.notices,
            clock=self.given.clock,
        )

    @cached_property
    def factors(self) -> SecondFactors:
        return self.given.factors or self.shown_factors

    @cached_property
    def identities(self) -> PostgresIdentities:
        return PostgresIdentities(self.given.database)

    @cached_property
    def proving(self) -> Proving:
        return Proving(
            self.users,
            self.given.passwords,
            self.factors,
            attempts=self.attempts,
        )

    @cached_property
    def sessions(self) -> Sessions:
        given = self.given
        return Sessions(
            self.stored_sessions,
            self.users,
            self.roles,
            policy=self.factor_policy,
            devices=Devices(
                PostgresDevices(given.database), self.mailer, clock=given.clock
            ),
            proving=self.proving,
            access_tokens=given.access_tokens,
            refresh_tokens=given.refresh_tokens,
            audit=given.audit,
            clock=given.clock,
        )

    @cached_property
    def sign_in(self) -> SignIn:
        return SignIn(
            self.users,
            self.pending,
            self.stored_sessions,
            proving=self.proving,
            sessions=self.sessions,
            audit=self.given.audit,
            clock=self.given.clock,
        )

    @cached_property
    def passkeys(self) -> PasskeySignIn:
        return PasskeySignIn(
            self.shown_factors,
            self.pending,
            self.users,
            sign_in=self.sign_in,
            attempts=self.attempts,
            clock=self.given.clock,
        )
