"""What serves people: their accounts, credentials, sessions and factors."""

from functools import partial

from parley.auth.v1 import account_service_pb2_grpc as account_grpc
from parley.auth.v1 import credential_service_pb2_grpc as credential_grpc
from parley.auth.v1 import factor_service_pb2_grpc as factor_grpc
from parley.auth.v1 import passkey_service_pb2_grpc as passkey_grpc
from parley.auth.v1 import session_service_pb2_grpc as session_grpc
from services.auth.accounts.accounts import Accounts
from services.auth.accounts.servicer import AccountServicer
from services.auth.accounts.store import PostgresAccounts
from services.auth.codes.codes import Codes
from services.auth.codes.store import PostgresCodes
from services.auth.credentials.changes import CredentialChanges
from services.auth.credentials.resets import PasswordResets
from services.auth.credentials.servicer import CredentialServicer
from services.auth.credentials.store import PostgresCredentials
from services.auth.factors.enrolling import Enrolling
from services.auth.factors.factors import Factors
from services.auth.factors.servicer import FactorServicer
from services.auth.identities.ways import LinkedWays
from services.auth.joining.core import Core
from services.auth.joining.given import Add
from services.auth.passwords.common import CommonPasswords
from services.auth.passwords.rules import PasswordRules
from services.auth.sessions.passkey_servicer import PasskeyServicer
from services.auth.sessions.servicer import SessionServicer


def people(core: Core) -> tuple[Add, ...]:
    """Join what people manage about themselves."""
    given = core.given
    rules = PasswordRules(CommonPasswords.read())
    codes = Codes(
        PostgresCodes(given.database, given.sealer),
        core.mailer,
        attempts=core.attempts,
        clock=given.clock,
    )
    sends_mail = given.mailer is not None
    accounts = Accounts(
        PostgresAccounts(given.database),
        core.users,
        given.passwords,
        admissions=core.invitations,
        rules=rules,
        codes=codes,
        attempts=core.attempts,
        proving=core.proving,
        sign_in=core.sign_in,
        sessions=core.sessions,
        erasing=core.erasing,
        audit=given.audit,
        sends_mail=sends_mail,
        clock=given.clock,
    )
    credentials = PostgresCredentials(given.database)
    resets = PasswordResets(
        credentials,
        core.users,
        given.passwords,
        rules=rules,
        codes=codes,
        sessions=core.sessions,
        revocations=core.revocations,
        notices=core.notices,
        sends_mail=sends_mail,
    )
    changes = CredentialChanges(
        credentials,
        core.users,
        given.passwords,
        rules=rules,
        codes=codes,
        proving=core.proving,
        sessions=core.sessions,
        revocations=core.revocations,
        notices=core.notices,
        sends_mail=sends_mail,
        clock=given.clock,
    )
    return (
        partial(
            account_grpc.add_AccountServiceServicer_to_server, AccountServicer(accounts)
        ),
        partial(
            session_grpc.add_SessionServiceServicer_to_server,
            SessionServicer(core.sign_in, core.sessions),
        ),
        partial(
            passkey_grpc.add_PasskeyServiceServicer_to_server,
            PasskeyServicer(core.passkeys),
        ),
        partial(
            credential_grpc.add_CredentialServiceServicer_to_server,
            CredentialServicer(resets, changes, codes),
        ),
        factors(core),
    )


def factors(core: Core) -> Add:
    """Join what people have besides a password."""
    given = core.given
    enrolling = Enrolling(
        core.stored_factors,
        core.ceremonies,
        core.relying_party,
        sealer=given.sealer,
        sessions=core.stored_sessions,
        notices=core.notices,
        clock=given.clock,
    )
    kept = Factors(
        core.stored_factors,
        core.recovery_codes,
        policy=core.factor_policy,
        other_ways=LinkedWays(core.identities, given.providers),
        notices=core.notices,
    )
    return partial(
        factor_grpc.add_FactorServiceServicer_to_server,
        FactorServicer(core.users, kept, enrolling),
    )
