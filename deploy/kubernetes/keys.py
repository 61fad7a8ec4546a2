"""
Make the keys and passwords of a new system: `python -m deploy.kubernetes.keys`.

Prints Secrets for `kubectl apply -f -`, for a cluster without a store of secrets. With
`--store` it prints what such a store is to hold instead, as JSON: the entries that
components/external-secrets asks for. Keep what it prints: each time, it makes others.
"""

import argparse
import json
import sys
from base64 import b64encode
from collections.abc import Mapping
from secrets import token_bytes, token_urlsafe
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.kit.jwk import to_jwk

SERVICES = ("auth", "chat", "llm")
REFRESH_KEY_BYTES = 32
Entries = Mapping[str, Mapping[str, str]]


def new() -> Entries:
    """Make everything that is secret, but for what others give: providers, buckets."""
    keys = {service: ec.generate_private_key(ec.SECP256R1()) for service in SERVICES}

    def pem(service: str) -> str:
        return (
            keys[service]
            .private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            .decode()
        )

    def public(service: str) -> str:
        return json.dumps({"keys": [to_jwk(keys[service])]})

    return {
        # Nothing in a password has to be escaped in a URL.
        "parley/postgres": {service: token_urlsafe(32) for service in SERVICES},
        "parley/redis": {"password": token_urlsafe(32)},
        "parley/auth": {
            "signing-key": pem("auth"),
            "refresh-key": b64encode(token_bytes(REFRESH_KEY_BYTES)).decode(),
        },
        "parley/chat": {"signing-key": pem("chat"), "public-keys": public("chat")},
        "parley/llm": {"signing-key": pem("llm"), "public-keys": public("llm")},
    }


def secrets(entries: Entries) -> list[dict[str, Any]]:
    """Write the Secrets that External Secrets would make of these entries."""
    passwords, redis = entries["parley/postgres"], entries["parley/redis"]
    of_services = {
        "auth": {
            "signing-key.pem": entries["parley/auth"]["signing-key"],
            "refresh-key": entries["parley/auth"]["refresh-key"],
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
    """Write one Secret."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "type": kind,
        "stringData": dict(data),
    }


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", action="store_true", help="print JSON for a store")
    if parser.parse_args().store:
        json.dump(new(), sys.stdout, indent=2)
    else:
        yaml.safe_dump_all(secrets(new()), sys.stdout, sort_keys=False)


if __name__ == "__main__":
    main()
