"""How makers find out whether thoughts come back as they were."""

from hashlib import sha256


def signed(*said: str) -> str:
    """Sign what was said: who changes, drops or reorders some of it is found out."""
    return sha256("\0".join(said).encode()).hexdigest()[:16]
