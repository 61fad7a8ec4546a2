"""A mesh that runs the policy as it is, before services that are played."""

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.mesh.resources import Mesh
from deploy.mesh.table.signing import Signer, new_signers
from deploy.mesh.table.standing import Stage, standing
from tests.mesh.editing import Policy


@pytest.fixture(scope="session")
def signers() -> Mapping[str, Signer]:
    """The keys that auth, chat and llm sign with, by the name of the issuer."""
    return new_signers()


@pytest.fixture(scope="session")
def written(signers: Mapping[str, Signer]) -> Policy:
    """What the files say, with the keys of these services; it can be changed."""
    return Policy(signers)


@pytest.fixture(scope="session")
def policy(written: Policy) -> Mesh:
    """What the files say."""
    return written.mesh()


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
