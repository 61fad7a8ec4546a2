"""What protects secrets: others' libraries, as few as can be, and strong figures."""

import ast
from importlib import import_module
from typing import get_args

import pytest

from services.auth.factors import relying
from services.auth.identities import registration
from services.kit.jwk import ALGORITHM
from tests.sources import calling, calls, importing, sources

# Industry's implementations; who brings another adds it here, and says why.
CRYPTOGRAPHY = {"argon2", "cryptography", "hashlib", "hmac", "jwt", "pyotp", "webauthn"}
OTHER_CRYPTOGRAPHY = {
    *("Crypto", "Cryptodome", "ecdsa", "gnupg", "nacl", "pyaes", "pyDes", "rsa"),
    *("bcrypt", "crypt", "jose", "passlib"),
}
# Of a library that has broken ones, too, all that is used.
USED = {
    *("exceptions.InvalidSignature", "exceptions.InvalidTag"),
    *("hazmat.primitives.asymmetric.ec", "hazmat.primitives.asymmetric.utils"),
    "hazmat.primitives.asymmetric.ec.EllipticCurvePrivateKey",
    "hazmat.primitives.asymmetric.ec.EllipticCurvePublicKey",
    "hazmat.primitives.asymmetric.ec.SECP256R1",
    "hazmat.primitives.ciphers.aead.AESGCM",
    *("hazmat.primitives.hashes", "hazmat.primitives.hashes.SHA256"),
    "hazmat.primitives.kdf.hkdf.HKDF",
    "hazmat.primitives.serialization",
    "hazmat.primitives.serialization.Encoding",
    "hazmat.primitives.serialization.NoEncryption",
    "hazmat.primitives.serialization.PrivateFormat",
    "hazmat.primitives.serialization.load_der_private_key",
    "hazmat.primitives.serialization.load_pem_private_key",
    *("x509", "x509.oid.NameOID"),
}
HASHES = {"sha256", "sha512"}
# Knows a text again that was counted before; nobody is kept out by it.
SHORT_HASHES = {"services/llm/context/tokenizers.py": {"blake2b"}}
# Signatures over SHA-256 or more. EdDSA has SHA-512 in it.
SIGNATURES = {"EdDSA", "ES256", "PS256", "RS256"}
# Where chance is no secret: which of two versions, how long to wait.
CHANCE = {
    "services/kit/watching.py",
    "services/llm/__main__.py",
    "services/llm/briefs.py",
    "services/llm/guards/composing.py",
    "services/llm/guards/retries.py",
    "services/llm/prompts/model.py",
    "services/llm/prompts/servicer.py",
    "services/llm/tools/mcp/servers.py",
    "clients/python/parley_client/patience.py",
}
RANDOM_BYTES = {"token_bytes", "token_hex", "token_urlsafe"}
BYTES = 16  # 128 bits
SHORTER = {
    "services/auth/factors/recovery.py": 15,  # is typed; few tries (ASVS 6.5.4)
    "services/auth/sealing/sealer.py": 12,  # a nonce, which is no secret
    "services/kit/signals.py": 8,  # tells replicas apart, and is no secret
}
# Letter by letter: keys, of 190 bits; and what people type, with few tries.
LETTERS = {
    "services/auth/api_keys/texts.py",
    "services/auth/codes/model.py",
    "services/auth/devices/model.py",
}


def of_library(package: str) -> set[str]:
    """Name all that sources import of a package, without its own name."""
    found = set()
    for tree in sources().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {
        name.removeprefix(f"{package}.")
        for name in found
        if name.partition(".")[0] == package
    }


def hashes() -> dict[str, set[str]]:
    """Name the functions of hashlib that each file uses."""
    found: dict[str, set[str]] = {}
    for file, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "hashlib":
                found.setdefault(file, set()).update(it.name for it in node.names)
            elif isinstance(node, ast.Attribute) and (
                isinstance(node.value, ast.Name) and node.value.id == "hashlib"
            ):
                found.setdefault(file, set()).add(node.attr)
    return found


def figure(file: str, argument: ast.expr) -> int:
    """Reckon what a constant is, by its name in its module."""
    written = ast.unparse(argument)
    if written.isdigit():
        return int(written)
    module = import_module(file.removesuffix(".py").replace("/", "."))
    return int(getattr(module, written))


@pytest.mark.asvs("11.2.1")
def test_cryptography_is_others():
    mixing = [
        f"{file}:{node.lineno}"
        for file, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp | ast.AugAssign)
        and isinstance(node.op, ast.BitXor)
    ]

    assert importing(OTHER_CRYPTOGRAPHY) == set()
    assert all(importing({library}) for library in CRYPTOGRAPHY)
    assert mixing == [], "ciphers and hashes are made of it"


@pytest.mark.asvs("11.3.1", "11.3.2")
def test_what_is_encrypted_is_encrypted_with_aes_gcm_alone():
    assert of_library("cryptography") == USED
    assert "PKCS1v15" not in "\n".join(map(ast.unparse, sources().values()))


@pytest.mark.asvs("11.4.3")
def test_what_is_signed_or_compared_is_hashed_with_256_bits_or_more():
    used = hashes()
    keyed = {
        ast.unparse(call.args[2]) for _, what, call in calls() if what == "hmac.digest"
    }
    accepted = {
        ALGORITHM,
        *get_args(registration.Algorithm),
        *(algorithm.name for algorithm in relying.ALGORITHMS),
    }

    assert {file: found - HASHES for file, found in used.items() if found - HASHES} == (
        SHORT_HASHES
    )
    assert keyed == {"'sha256'"}
    assert calling({"hmac.new", "HMAC", "hmac.HMAC"}) == set()
    assert {what for _, what, _ in calls() if what.startswith("hashes.")} == {
        "hashes.SHA256"
    }
    assert accepted == SIGNATURES | {
        *("ECDSA_SHA_256", "EDDSA", "RSASSA_PKCS1_v1_5_SHA_256"),
    }


@pytest.mark.asvs("6.5.3", "7.2.3", "11.5.1")
def test_chance_that_can_be_foreseen_makes_no_secret():
    assert importing({"random"}) <= CHANCE


@pytest.mark.asvs("11.5.1")
def test_what_nobody_is_to_guess_has_128_bits():
    made = {
        (file, figure(file, call.args[0]))
        for file, what, call in calls()
        if what.removeprefix("secrets.") in RANDOM_BYTES and call.args
    }
    lettered = {
        file
        for file, what, _ in calls()
        if what.removeprefix("secrets.") in {"choice", "randbelow", "randbits"}
        and file not in CHANCE
    }

    assert len(made) > 10
    assert {it for it in made if it[1] < BYTES} == set(SHORTER.items())
    assert lettered == LETTERS
