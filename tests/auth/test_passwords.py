"""Hashing: its strength, its bounds, and that it holds nothing up."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from services.auth.passwords.passwords import (
    THREADS,
    WAITING,
    Passwords,
    argon2id,
)
from services.kit.errors import Overloaded
from tests.auth.conftest import CountingHasher

# ASVS 5.0.0 appendix C: passes, and the KiB that they need at least.
LEAST = {1: 47104, 2: 19456, 3: 12288}


class Held(PasswordHasher):
    """Hashes when it is let go."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.let_go = threading.Event()
        self.let_go.set()
        self.begun = threading.Semaphore(0)

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.begun.release()
        self.let_go.wait(30)
        return super().hash(password, salt=salt)


@pytest.mark.asvs("11.4.2")
def test_the_parameters_are_as_strong_as_asvs_11_4_2_asks():
    parameters = extract_parameters(argon2id().hash("password"))

    assert parameters.type is Type.ID
    assert parameters.memory_cost >= LEAST[min(parameters.time_cost, 3)]
    assert parameters.salt_len >= 16
    assert parameters.hash_len >= 32


@pytest.mark.asvs("6.2.8")
async def test_two_hashes_of_one_password_differ_and_both_fit():
    with Passwords.open(CountingHasher()) as passwords:
        first, second = [await passwords.hash("password") for _ in range(2)]

        assert first != second
        assert (await passwords.verify(first, "password")).right
        assert (await passwords.verify(second, "password")).right
        assert not (await passwords.verify(first, "Password")).right


async def test_a_stranger_costs_one_verification_too():
    hasher = CountingHasher()
    with Passwords.open(hasher) as passwords:
        for password in ("password", "", "x" * 1_000_000):
            hasher.verified.clear()

            verdict = await passwords.verify(None, password)

            assert not verdict.right
            assert len(hasher.verified) == 1


@pytest.mark.asvs("15.2.2")
async def test_a_storm_is_refused_beyond_a_bound_and_the_loop_goes_on():
    hasher = Held()
    with Passwords.open(hasher) as passwords:
        hasher.let_go.clear()
        hashing = [
            asyncio.create_task(passwords.hash("password"))
            for _ in range(THREADS + WAITING + 100)
        ]
        await asyncio.sleep(0)

        assert sum(task.done() for task in hashing) == 100
        hasher.let_go.set()
        done = await asyncio.gather(*hashing, return_exceptions=True)

        refused = [answer for answer in done if isinstance(answer, Overloaded)]
        assert len(refused) == 100
        assert refused[0].retry_seconds
        assert sum(isinstance(answer, str) for answer in done) == THREADS + WAITING
        assert await passwords.hash("password")


@pytest.mark.asvs("1.4.3")
async def test_callers_who_leave_give_their_place_back():
    hasher = Held()
    with Passwords.open(hasher) as passwords:
        await passwords.hash("password")
        hasher.let_go.clear()
        hasher.begun = threading.Semaphore(0)
        waiting = [
            asyncio.create_task(passwords.hash("password"))
            for _ in range(THREADS + WAITING)
        ]
        for _ in range(THREADS):
            await asyncio.to_thread(hasher.begun.acquire, timeout=30)

        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

        # All but those in the threads: these still cost memory.
        others = [
            asyncio.create_task(passwords.hash("password")) for _ in range(WAITING)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await passwords.hash("password")
        hasher.let_go.set()
        assert all(await asyncio.gather(*others))
