"""The key that the auth of a system here signs with, as its database has it."""

from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from deploy.local import postgres
from deploy.local.state import State
from services.auth.sealing.sealer import read_sealer

CURRENT = """
    SELECT id, sealed FROM signing_keys WHERE sign_time <= now()
        AND (withdraw_time IS NULL OR withdraw_time > now())
    ORDER BY sign_time DESC LIMIT 1
"""


def signing_key(folder: Path) -> EllipticCurvePrivateKey:
    """Read the key that signs now, out of the state folder of a running system."""
    state = State(folder, 0)
    password = state.secret("postgres-auth").read_text()
    sockets = postgres.folders(state)[1]
    with psycopg.connect(postgres.url(sockets, "auth", password)) as connection:
        found = connection.execute(CURRENT).fetchone()
    assert found
    sealer = read_sealer(state.secret("sealing-keys"))
    plain = sealer.open(found[1], context=f"signing key {found[0]}")
    key = load_der_private_key(plain, password=None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return key
