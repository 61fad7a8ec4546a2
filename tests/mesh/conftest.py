"""A mesh that runs the policy as it is, before services that are played."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.mesh.files import read_policy
from deploy.mesh.resources import Mesh
from deploy.mesh.table.standing import Stage, standing
from tests.edge.tokens import Signer


@pytest.fixture(scope="session")
def signers() -> Mapping[str, Signer]:
    """The keys that auth, chat and llm sign with, by the name of the issuer."""
    return {issuer: Signer() for issuer in ("parley", "parley-chat", "parley-llm")}


@pytest.fixture(scope="session")
def policy(signers: Mapping[str, Signer]) -> Mesh:
    """What the files say, with the keys of these services."""
    keys = {
        issuer: json.dumps({"keys": [signer.jwk]}) for issuer, signer in signers.items()
    }
    return read_policy(keys=keys)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, which a Unix socket's name needs."""
    with TemporaryDirectory(prefix="parley-") as name:
        yield Path(name)


@pytest.fixture(scope="session")
async def stage(policy: Mesh, signers: Mapping[str, Signer]) -> AsyncIterator[Stage]:
    """One mesh for every test that leaves it as it was."""
    with TemporaryDirectory(prefix="parley-") as name:
        async with standing(Path(name), policy, keys=[signers["parley"].jwk]) as stage:
            yield stage
