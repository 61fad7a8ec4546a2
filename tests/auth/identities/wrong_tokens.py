"""What no ID token, no key and no answer of an issuer may be."""

import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.auth.identities.bending import (
    Bend,
    answering,
    by_key,
    handing_out,
    headed,
    nested,
    publishing,
    saying,
    signed_with_the_public_key,
    signing,
    tampered,
    unsigned,
    userinfo,
    without_email,
)
from tests.doubles.hostile_issuer import CLIENT, SECRET

to_jwk = jwt.algorithms.RSAAlgorithm.to_jwk
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
NOW = int(time.time())
LATER = 10**10
HUGE = b'{"keys": ["' + b"x" * 300_000 + b'"]}'
DEEP = b"[" * 100_000 + b"]" * 100_000

ID_TOKENS: dict[str, Bend] = {
    "no nonce": saying(nonce=None),
    "another nonce": saying(nonce="another"),
    "an empty nonce": saying(nonce=""),
    "a nonce that is a list": saying(nonce=["x"]),
    "another issuer": saying(iss="https://accounts.google.com"),
    "an issuer with a slash more": lambda issuer: saying(iss=f"{issuer.url}/")(issuer),
    "no issuer": saying(iss=None),
    "another audience": saying(aud="another client"),
    "no audience": saying(aud=None),
    "an empty audience": saying(aud=[]),
    "two audiences and no azp": saying(aud=[CLIENT, "another client"]),
    "two audiences and another azp": saying(
        aud=[CLIENT, "another client"], azp="another client"
    ),
    "one audience and another azp": saying(azp="another client"),
    "no expiry": saying(exp=None),
    "expired": saying(exp=NOW - 3600, iat=NOW - 7200),
    "issued in the future": saying(iat=LATER - 300, exp=LATER),
    "not valid yet": saying(nbf=LATER),
    "issued before the sign-in": saying(iat=NOW - 3600),
    "no time of issue": saying(iat=None),
    "a time of issue that is none": saying(iat="yesterday"),
    "a time of issue before all time": saying(iat=-(10**400)),
    "an endless life": saying(exp=float("inf")),
    "a header that nests for ever": handing_out(id_token=nested(0)),
    "claims that nest for ever": handing_out(id_token=nested(1)),
    "no subject": saying(sub=None),
    "an empty subject": saying(sub=""),
    "a subject that is a number": saying(sub=7),
    "a subject that is too long": saying(sub="x" * 256),
    "a subject with a zero in it": saying(sub="ada\0"),
    "a subject that is not ASCII": saying(sub="аda"),  # noqa: RUF001 - that is the point
    "half a surrogate in the nonce": saying(nonce="\ud800"),
    "another access token's hash": saying(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "an access token's hash that is none": saying(at_hash=7),
    "no signature": signing(unsigned),
    "HS256 with the client's secret": by_key(SECRET * 2, "HS256"),
    "HS256 with the public key": signing(signed_with_the_public_key),
    "an algorithm that is not allowed": by_key(STRANGER, "RS512"),
    "a stranger's key": by_key(STRANGER, "RS256"),
    "another algorithm than the key's": by_key(CURVE, "ES256"),
    "another algorithm with the same key": lambda issuer: by_key(issuer.key, "PS256")(
        issuer
    ),
    "a key that nobody published": headed(kid="two"),
    "a path in the key's ID": headed(kid="../../etc/passwd"),
    "its own key in the header": signing(
        lambda _, claims, header: jwt.encode(
            claims,
            STRANGER,
            "RS256",
            {**header, "jwk": to_jwk(STRANGER.public_key(), as_dict=True)},
        )
    ),
    "a critical extension": headed(crit=["exp"]),
    "an access token's type": headed(typ="at+jwt"),
    "a logout token's type": headed(typ="logout+jwt"),
    "a signature over something else": signing(tampered),
    "no token at all": handing_out(id_token=None),
    "a token that is an object": handing_out(id_token={"sub": "x"}),
    "a token that is none": handing_out(id_token="a.b.c"),
    "a token of five parts": handing_out(id_token="a.b.c.d.e"),
    "a token of a megabyte": handing_out(id_token="a." + "x" * 200_000 + ".c"),
    "no access token": handing_out(access_token=None),
    "another type of access token": handing_out(token_type="mac"),
}
KEYS: dict[str, Bend] = {
    "no keys": publishing(),
    "keys that are secrets": publishing({"kty": "oct", "k": "AQAB", "kid": "one"}),
    "a key to encrypt with": lambda issuer: publishing(
        {**issuer.public(), "use": "enc"}
    )(issuer),
    "a key of another algorithm": lambda issuer: publishing(
        {**issuer.public(), "alg": "PS256"}
    )(issuer),
    "two keys of one ID": lambda issuer: publishing(issuer.public(), issuer.public())(
        issuer
    ),
    "keys that are no list": lambda issuer: setattr(
        issuer, "jwks", lambda _: {"keys": "all"}
    ),
    "a key that is none": publishing({"kty": "RSA", "kid": "one", "n": "!", "e": "!"}),
    "too many keys": publishing(*[{"kty": "RSA", "kid": str(n)} for n in range(101)]),
    "the key was replaced": lambda issuer: publishing(
        {**issuer.public(), "kid": "the next"}
    )(issuer),
}

ANSWERS: dict[str, Bend] = {
    "the token endpoint sends elsewhere": answering(
        "/token", status=307, headers={"Location": "http://127.0.0.1:1/"}
    ),
    "the token endpoint says no": answering("/token", status=400, text="{}"),
    "the token endpoint says what is no JSON": answering("/token", text="<html>"),
    "the token endpoint says nothing": answering("/token", text=""),
    "the token endpoint says a list": answering("/token", text="[]"),
    "the token endpoint says NaN": answering("/token", text='{"access_token": NaN}'),
    "the token endpoint nests for ever": answering("/token", body=DEEP),
    "the token endpoint says too much": answering("/token", body=HUGE),
    "the keys are too many": answering("/jwks", body=HUGE),
    "the keys are elsewhere": answering(
        "/jwks", status=302, headers={"Location": "http://169.254.169.254/"}
    ),
    "the token comes compressed": answering(
        "/token", body=b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"}
    ),
    "userinfo of another": without_email(userinfo(sub="the victim")),
    "userinfo of nobody": without_email(userinfo(sub=None)),
    "userinfo sends elsewhere": without_email(
        answering("/userinfo", status=302, headers={"Location": "http://127.0.0.1:1/"})
    ),
    "userinfo is no JSON": without_email(answering("/userinfo", text="no")),
}
