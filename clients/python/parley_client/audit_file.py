"""
An audit log in a file: a line of JSON an event, which can be verified without Parley.

The first line says what the events follow and which keys sign, the last one how far the
log goes. Nothing here is shared with the service: what it does is worked out again.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from parley.auth.v1 import audit_service_pb2 as pb

WINDOW = 500  # lines around a wrong one in which its right place is looked for
ZEROS = "00" * 32
Line = dict[str, Any]


def to_line(part: pb.ExportAuditEventsResponse) -> Line:
    """Turn a part of an export into a line."""
    if part.HasField("begin"):
        return {
            "type": "begin",
            "base": mark(part.begin.base),
            "keys": [
                {"kty": "EC", "crv": "P-256", "kid": key.kid, "x": key.x, "y": key.y}
                for key in part.begin.keys
            ],
        }
    if part.HasField("head"):
        time = part.head.time.ToJsonString()
        return {"type": "head", **mark(part.head), "time": micros(time)}
    record = part.record
    line = {
        "type": "event",
        **mark(record.mark),
        "previous_hash": record.previous_hash.hex(),
        "event": json.loads(record.content),
    }
    if record.HasField("place"):
        line["place"] = {
            "address": record.place.address,
            "salt": record.place.salt.hex(),
            "user_agent": record.place.user_agent,
        }
    return line


def mark(found: pb.AuditMark) -> Line:
    """Return a signed place in the log."""
    return {
        "index": found.index,
        "hash": found.hash.hex(),
        "key_id": found.key_id,
        "signature": found.signature.hex(),
    }


def micros(time: str) -> str:
    """Write a time with six digits after the point, as it is signed."""
    whole, _, fraction = time.removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<6}Z"


class Wrong(Exception):
    """The log is not whole: the first index that is wrong, and what is."""

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(f"{index}: {problem}")
        self.index = index
        self.problem = problem


class Unreadable(ValueError):
    """The file is no export of an audit log, or not all of one."""


class Keys:
    """Public keys by their ids (RFC 7638)."""

    def __init__(self, jwks: Iterable[Mapping[str, str]]) -> None:
        # Here, because few commands need it.
        from cryptography.hazmat.primitives.asymmetric import ec

        self._keys = {}
        for jwk in jwks:
            numbers = ec.EllipticCurvePublicNumbers(
                number(jwk["x"]), number(jwk["y"]), ec.SECP256R1()
            )
            self._keys[thumbprint(jwk)] = numbers.public_key()

    @property
    def ids(self) -> list[str]:
        """The ids."""
        return list(self._keys)

    def signed(self, key_id: object, signature: object, message: bytes) -> bool:
        """Tell whether one of them signed this (ES256)."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ec, utils
        from cryptography.hazmat.primitives.hashes import SHA256

        key = self._keys.get(str(key_id))
        if not key or not isinstance(signature, str) or len(signature) != 128:
            return False
        try:
            r, s = int(signature[:64], 16), int(signature[64:], 16)
            encoded = utils.encode_dss_signature(r, s)
            key.verify(encoded, message, ec.ECDSA(SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True


def number(text: str) -> int:
    """Read a coordinate."""
    return int.from_bytes(urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the id that a key has to have."""
    text = canonical({"crv": "P-256", "kty": "EC", "x": jwk["x"], "y": jwk["y"]})
    return urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=").decode()


def canonical(value: Mapping[str, Any]) -> str:
    """Write what consists of texts as RFC 8785 has it."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass
class Reading:
    """An audit log being read from a file, and verified line by line."""

    keys: Keys
    base: int
    index: int
    hash: str
    erased: int = 0
    head: str = ""
    # What is missing without a reason so far: indexes by whose it is.
    missing: dict[str | None, list[int]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    forgotten: int = 0

    def take(self, lines: Iterator[Line]) -> Iterator[int]:
        """Yield the index after each event; raise `Wrong` at the first wrong one."""
        ahead: deque[Line] = deque()
        while line := next_of(ahead, lines):
            if line.get("type") == "head":
                self._end(line, ahead, lines)
                return
            if not self._right(line):
                fill(ahead, lines)
                raise Wrong(self.index + 1, self._what(line, list(ahead)))
            self.index, self.hash = line["index"], line["hash"]
            self._place(line)
            yield self.index
        raise Unreadable("It breaks off: its last line has to be the head.")

    def _right(self, line: Line) -> bool:
        try:
            return bool(
                line["index"] == self.index + 1
                and line["previous_hash"] == self.hash
                and line["hash"] == self._hash(line["event"])
                and self._signed(line, line["index"])
            )
        except (KeyError, TypeError, ValueError):
            return False

    def _hash(self, event: Mapping[str, Any]) -> str:
        """Return the hash of an event that comes next."""
        digest = sha256(canonical(event).encode()).digest()
        index = (self.index + 1).to_bytes(8)
        return sha256(bytes.fromhex(self.hash) + index + digest).hexdigest()

    def _signed(self, line: Line, index: int, hash: str | None = None) -> bool:
        """Tell whether a line was signed as the one with an index."""
        try:
            said = bytes.fromhex(line["hash"] if hash is None else hash)
        except (KeyError, TypeError, ValueError):
            return False
        if index < 1:
            return False
        message = b"parley audit event\n" + index.to_bytes(8) + said
        return self.keys.signed(line.get("key_id"), line.get("signature"), message)

    def _what(self, line: Line, ahead: list[Line]) -> str:
        """Say what is wrong with the line that stands where the next one should."""
        index = self.index + 1
        events = [it for it in ahead if it.get("type") == "event"]
        stands = line.get("index") == index
        content = line.get("event")
        fits = self._hash(content) if isinstance(content, dict) else None
        if stands and (self._signed(line, index) or self._signed(line, index, fits)):
            return "edited"
        around = range(index - WINDOW, index + WINDOW)
        was = next((it for it in around if self._signed(line, it)), None)
        if was == index:
            return "edited"
        if was is not None and was < index:
            return "inserted"  # once more, as that one was there before
        if any(self._signed(it, index) for it in events):
            return "inserted" if stands and was is None else "reordered"
        if was is not None:
            return "deleted"
        if not stands and isinstance(line.get("index"), int) and line["index"] > index:
            return "deleted"
        linked = line.get("previous_hash") == self.hash and line.get("hash") == fits
        return "signature" if stands and linked else "edited"

    def _place(self, line: Line) -> None:
        """Look at where it came from, and at what the log says of erasing that."""
        event = line["event"]
        if place := line.get("place"):
            if sha256(canonical(place).encode()).hexdigest() != event["place"]:
                raise Wrong(self.index, "edited")
        elif event["place"]:
            self.erased += 1
            person = event["actor"] or event["user"]
            self.missing.setdefault(person, []).append(self.index)
        if (event["action"], event["outcome"]) == ("user.delete", "success"):
            self.deleted.add(event["user"])
        if event["action"] == "audit.forget":
            self.forgotten = max(self.forgotten, int(event["details"]["until"]))

    def _end(self, head: Line, ahead: deque[Line], lines: Iterator[Line]) -> None:
        """Compare what was read with how far the log goes."""
        try:
            index, hash = int(head["index"]), str(head["hash"])
            message = b"parley audit head\n" + index.to_bytes(8) + bytes.fromhex(hash)
            message += str(head["time"]).encode()
        except (KeyError, TypeError, ValueError, OverflowError):
            raise Wrong(max(self.index, 1), "signature") from None
        if not self.keys.signed(head.get("key_id"), head.get("signature"), message):
            raise Wrong(max(self.index, 1), "signature")
        if index > self.index:
            raise Wrong(self.index + 1, "deleted")
        if (index, hash) != (self.index, self.hash):
            raise Wrong(index + 1, "set_back")
        if next_of(ahead, lines):
            raise Wrong(self.index + 1, "inserted")
        unexplained = [
            at
            for person, indexes in self.missing.items()
            if person not in self.deleted
            for at in indexes
            if at > self.forgotten
        ]
        if unexplained:
            raise Wrong(min(unexplained), "deleted")
        self.head = f"{index}:{hash}"


def next_of(ahead: deque[Line], lines: Iterator[Line]) -> Line | None:
    """Return the next line, if there is one."""
    return ahead.popleft() if ahead else next(lines, None)


def fill(ahead: deque[Line], lines: Iterator[Line]) -> None:
    """Read some lines on."""
    while len(ahead) < WINDOW and (line := next(lines, None)) is not None:
        ahead.append(line)


def read_lines(texts: Iterable[str]) -> Iterator[Line]:
    """Read lines; what is no JSON is a line that says nothing."""
    for text in texts:
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        yield found if isinstance(found, dict) else {"type": "event"}


def begin(lines: Iterator[Line], jwks: Iterable[Mapping[str, str]] | None) -> Reading:
    """Read the first line; verify with these keys, or those that it names itself."""
    line = next(lines, {})
    if line.get("type") != "begin":
        raise Unreadable("It is no export of an audit log.")
    try:
        base, keys = line["base"], Keys(line["keys"] if jwks is None else jwks)
        index, hash = int(base["index"]), str(base["hash"])
        message = b"parley audit event\n" + index.to_bytes(8) + bytes.fromhex(hash)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Unreadable("Its first line is damaged.") from error
    signed = keys.signed(base.get("key_id"), base.get("signature"), message)
    if (index, hash) != (0, ZEROS) and not signed:
        raise Wrong(index, "signature")
    return Reading(keys=keys, base=index, index=index, hash=hash)
