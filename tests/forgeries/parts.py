"""What headers and claims may say that a good signature does not make good."""

from time import time
from typing import Any
from uuid import UUID

Part = dict[str, Any]
MISSING = object()


def headers(kid: str) -> dict[str, Part]:
    """What a header may say that a good signature does not make good."""
    return {
        **{
            f"alg {alg!r}": {"alg": alg}
            for alg in ("es256", "ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA")
        },
        "alg missing": {"alg": MISSING},
        "alg null": {"alg": None},
        "alg a list": {"alg": ["ES256"]},
        "typ JWT": {"typ": "JWT"},
        "typ missing": {"typ": MISSING},
        "typ of an id token": {"typ": "id+jwt"},
        "typ of a logout token": {"typ": "logout+jwt"},
        "typ a number": {"typ": 1},
        "kid missing": {"kid": MISSING},
        "kid unknown": {"kid": "another"},
        "kid a path": {"kid": "../../../../dev/null"},
        "kid a path with its end cut": {"kid": f"{kid}\x00/../../etc/passwd"},
        "kid SQL": {"kid": "' UNION SELECT 'x"},
        "kid a command": {"kid": "| id"},
        "kid empty": {"kid": ""},
        "kid huge": {"kid": "k" * 2000},
        "kid a number": {"kid": 0},
        "kid a list": {"kid": [kid]},
        "kid an object": {"kid": {"kid": kid}},
        "kid null": {"kid": None},
        "critical extension": {"crit": ["exp"], "exp": 1},
        "critical extension unknown": {"crit": ["x"], "x": True},
        "critical nothing": {"crit": []},
        "payload not encoded": {"crit": ["b64"], "b64": False},
        "compressed": {"zip": "DEF", "crit": ["zip"]},
    }


def wrong_claims() -> dict[str, Part]:
    """What a good signature does not make true."""
    now = int(time())
    return {
        "iss wrong": {"iss": "https://evil.example"},
        "iss of a service": {"iss": "parley-chat"},
        "iss in capitals": {"iss": "PARLEY"},
        "iss missing": {"iss": MISSING},
        "iss a list": {"iss": ["parley"]},
        "aud wrong": {"aud": "another"},
        "aud of a service": {"aud": "parley-llm"},
        "aud missing": {"aud": MISSING},
        "aud null": {"aud": None},
        "aud empty": {"aud": []},
        "aud a part": {"aud": "parle"},
        "aud an object": {"aud": {"parley": 1}},
        "exp past": {"exp": now - 60, "iat": now - 360},
        "exp missing": {"exp": MISSING},
        "exp null": {"exp": None},
        "exp no number": {"exp": "never"},
        "exp a number as text": {"exp": str(now + 300)},
        "exp an object": {"exp": {}},
        "exp true": {"exp": True},
        "exp negative": {"exp": -1},
        "exp nought": {"exp": 0},
        "exp in milliseconds": {"exp": (now + 300) * 1000},
        "exp far away": {"exp": now + 86_400},
        "exp beyond every clock": {"exp": 2**63},
        "exp infinite": {"exp": float("inf")},
        "exp no number at all": {"exp": float("nan")},
        "iat ahead": {"iat": now + 3600},
        "iat missing": {"iat": MISSING},
        "iat as text": {"iat": "today"},
        "iat infinite": {"iat": float("inf")},
        "nbf ahead": {"nbf": now + 3600},
        "nbf as text": {"nbf": "tomorrow"},
        "nbf infinite": {"nbf": float("inf")},
        "sub missing": {"sub": MISSING},
        "sub no UUID": {"sub": "alice"},
        "sub empty": {"sub": ""},
        "sub a number": {"sub": 1},
        "sub a list": {"sub": []},
        "sub SQL": {"sub": "' OR 1=1 --"},
        "sid missing": {"sid": MISSING},
        "sid no UUID": {"sid": "mine"},
        "sid a list": {"sid": []},
        "scope missing": {"scope": MISSING},
        "scope a list": {"scope": ["chat"]},
        "scope null": {"scope": None},
        "ver missing": {"ver": MISSING},
        "ver null": {"ver": None},
        "ver infinite": {"ver": float("inf")},
        "auth_time missing": {"auth_time": MISSING},
        "auth_time as text": {"auth_time": "today"},
        "auth_time beyond all numbers": {"auth_time": 10**400},
        "groups no list": {"groups": "all"},
        "groups of no UUIDs": {"groups": ["staff"]},
        "key no UUID": {"key": "mine", "sid": MISSING},
        "act no object": {"act": "admin"},
        "act of nobody": {"act": {"ver": 1}},
        "act of no UUID": {"act": {"sub": "admin"}},
        "act of no version": {"act": {"sub": str(UUID(int=0)), "ver": "x"}},
    }
