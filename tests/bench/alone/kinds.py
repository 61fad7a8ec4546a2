"""Everything that is measured of Parley alone, by the name of its kind."""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from tests.bench.alone.guarding import guards
from tests.bench.alone.idle import idle
from tests.bench.alone.lengths import length
from tests.bench.alone.meshing import mesh
from tests.bench.alone.resuming import resume
from tests.bench.alone.retrieving import retrieve
from tests.bench.alone.searching import search
from tests.bench.alone.signing_in import sign_in
from tests.bench.alone.stopping import stop
from tests.bench.alone.uploading import upload
from tests.bench.results import Figure
from tests.bench.rounds import Tell


class Measure(Protocol):
    """Starts what it needs, measures it, and stops it; `quick` is a smoke run."""

    def __call__(self, *, quick: bool, tell: Tell) -> AsyncIterator[Figure]: ...


ALONE: Mapping[str, Measure] = {
    "resume": resume,
    "stop": stop,
    "idle": idle,
    "length": length,
    "search": search,
    "guards": guards,
    "retrieve": retrieve,
    "upload": upload,
    "sign-in": sign_in,
    "mesh": mesh,
}
