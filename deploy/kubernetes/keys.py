"""
Make the keys and passwords of a new system: `python -m deploy.kubernetes.keys`.

Prints Secrets for `kubectl apply -f -`, for a cluster without a store of secrets. With
`--store` it prints what such a store is to hold instead, as JSON: the entries that
components/external-secrets asks for. With `--folder deploy/compose` it writes files for
compose. Keep what it makes: each time, it makes others. `--one` prints one more pair of
keys, as docs/operations/runbooks/key-rotation.md asks for.
"""

import argparse
import json
import sys
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.kit.jwk import to_jwk

SERVICES = ("auth", "chat", "llm")
KEY_BYTES = 32
# What compose mounts, and what it has to be told.
KEYS = (
    ("auth", "signing-key"),
    ("auth", "public-keys"),
    ("auth", "refresh-key"),
    ("auth", "sealing-keys"),
    ("auth", "audit-key"),
    ("auth", "audit-keys"),
    ("chat", "signing-key"),
    ("chat", "public-keys"),
    ("llm", "signing-key"),
    ("llm", "public-keys"),
)
IMAGES = ("PYTHON", "NODE", "POSTGRES", "REDIS", "MILVUS", "MAILBOX")
Entries = Mapping[str, Mapping[str, str]]


def new() -> Entries:
    """Make everything that is secret, but for what others give: providers, buckets."""
    refresh_key = b64encode(token_bytes(KEY_BYTES)).decode()
    audit = pair()
    sealing_keys = f"1:{b64encode(token_bytes(KEY_BYTES)).decode()}\n"
    return {
        # Nothing in a password has to be escaped in a URL.
        "parley/postgres": {service: token_urlsafe(32) for service in SERVICES},
        "parley/redis": {"password": token_urlsafe(32)},
        "parley/auth": {
            **pair(),
            "refresh-key": refresh_key,
            "sealing-keys": sealing_keys,
            "smtp-url": "",  # whoever has a server for mail writes it there
            "audit-key": audit["signing-key"],
            "audit-keys": audit["public-keys"],
        },
        "parley/chat": pair(),
        "parley/llm": pair(),
    }


def pair() -> Mapping[str, str]:
    """Make a key that signs, and the set of the one that verifies."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "signing-key": pem.decode(),
        "public-keys": json.dumps({"keys": [to_jwk(key)]}),
    }


def secrets(entries: Entries) -> list[dict[str, Any]]:
    """Write the Secrets that External Secrets would make of these entries."""
    passwords, redis = entries["parley/postgres"], entries["parley/redis"]
    of_services = {
        "auth": {
            "signing-key.pem": entries["parley/auth"]["signing-key"],
            "auth-keys.json": entries["parley/auth"]["public-keys"],
            "refresh-key": entries["parley/auth"]["refresh-key"],
            "sealing-keys": entries["parley/auth"]["sealing-keys"],
            "smtp-url": entries["parley/auth"]["smtp-url"],
            "audit-key.pem": entries["parley/auth"]["audit-key"],
            "audit-keys.json": entries["parley/auth"]["audit-keys"],
        },
        "chat": {
            "signing-key.pem": entries["parley/chat"]["signing-key"],
            "llm-keys.json": entries["parley/llm"]["public-keys"],
        },
        "llm": {
            "signing-key.pem": entries["parley/llm"]["signing-key"],
            "chat-keys.json": entries["parley/chat"]["public-keys"],
        },
    }
    return [
        *(
            secret(
                service,
                "parley",
                {
                    "postgres-password": passwords[service],
                    "redis-password": redis["password"],
                    **own,
                },
            )
            for service, own in of_services.items()
        ),
        *(
            secret(
                f"role-{service}",
                "parley-data",
                {"username": service, "password": passwords[service]},
                kind="kubernetes.io/basic-auth",
            )
            for service in SERVICES
        ),
        secret("redis", "parley-data", {"password": redis["password"]}),
    ]


def secret(
    name: str, namespace: str, data: Mapping[str, str], *, kind: str = "Opaque"
) -> dict[str, Any]:
    """Write one Secret; CloudNativePG looks at those of roles when they change."""
    role = kind == "kubernetes.io/basic-auth"
    labels = {"labels": {"cnpg.io/reload": "true"}} if role else {}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, **labels},
        "type": kind,
        "stringData": dict(data),
    }


def write(entries: Entries, folder: Path) -> None:
    """Write files for compose, unless there are some."""
    keys, settings = folder / "keys", folder / ".env"
    if keys.exists() or settings.exists():
        sys.exit(f"{keys} or {settings} is there already: a system may be using it")
    keys.mkdir(mode=0o700)
    for entry, name in KEYS:
        file = keys / f"{entry}-{name}"
        file.write_text(entries[f"parley/{entry}"][name])
        # Nobody comes through the folder; the container's user reads what it is given.
        file.chmod(0o644)
    passwords = {**entries["parley/postgres"], "admin": token_urlsafe(32)}
    settings.touch(mode=0o600)
    settings.write_text(
        "".join(
            [
                *(f"{name}_IMAGE=\n" for name in IMAGES),
                *(f"POSTGRES_PASSWORD_{k.upper()}={v}\n" for k, v in passwords.items()),
                f"REDIS_PASSWORD={entries['parley/redis']['password']}\n",
            ]
        )
    )


def main() -> None:
    """Print them, or write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", action="store_true", help="print JSON for a store")
    parser.add_argument("--one", action="store_true", help="print one more pair")
    parser.add_argument("--folder", type=Path, help="write files for compose")
    arguments = parser.parse_args()
    if arguments.folder:
        write(new(), arguments.folder)
    elif arguments.one:
        json.dump(pair(), sys.stdout, indent=2)
    elif arguments.store:
        json.dump(new(), sys.stdout, indent=2)
    else:
        yaml.safe_dump_all(secrets(new()), sys.stdout, sort_keys=False)


if __name__ == "__main__":
    main()
