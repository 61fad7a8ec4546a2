"""Run the chat service: `python -m services.chat`."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import grpc
import uvloop
from redis.asyncio import Redis

from parley.auth.v1 import key_service_pb2 as keys_pb
from parley.auth.v1 import key_service_pb2_grpc as keys_grpc
from parley.auth.v1 import revocation_service_pb2 as revocations_pb
from parley.auth.v1 import revocation_service_pb2_grpc as revocations_grpc
from parley.chat.v1 import conversation_service_pb2_grpc as conversations_grpc
from parley.chat.v1 import erasure_service_pb2_grpc as erasure_grpc
from parley.chat.v1 import folder_service_pb2_grpc as folders_grpc
from parley.chat.v1 import hold_service_pb2_grpc as holds_grpc
from parley.chat.v1 import message_service_pb2_grpc as messages_grpc
from parley.chat.v1 import search_service_pb2_grpc as search_grpc
from parley.chat.v1 import share_service_pb2_grpc as shares_grpc
from parley.chat.v1 import sync_service_pb2_grpc as sync_grpc
from parley.chat.v1 import transfer_service_pb2_grpc as transfer_grpc
from parley.chat.v1 import usage_service_pb2_grpc as usage_grpc
from services.chat.conversations.folder_servicer import FolderServicer
from services.chat.conversations.folder_store import PostgresFolders
from services.chat.conversations.model import Retention
from services.chat.conversations.purge_store import PostgresPurge
from services.chat.conversations.servicer import ConversationServicer
from services.chat.conversations.store import PostgresConversations
from services.chat.conversations.titles import NoTitles, Titler
from services.chat.erasure.erasing import Erasing
from services.chat.erasure.servicer import ErasureServicer
from services.chat.erasure.store import PostgresErasures
from services.chat.messages.completions import Completions
from services.chat.messages.leases import Leases
from services.chat.messages.llm import LlmClient
from services.chat.messages.log import RedisLog
from services.chat.messages.mirrors import Mirrors
from services.chat.messages.replies import Replies
from services.chat.messages.runs import Runs
from services.chat.messages.servicer import MessageServicer
from services.chat.messages.store.messages import PostgresMessages
from services.chat.messages.store.replica import PostgresReplica
from services.chat.outbox.store import PostgresEvents
from services.chat.search.servicer import SearchServicer
from services.chat.search.store import PostgresIndex
from services.chat.settings import Settings
from services.chat.shares.links import LOOKUPS, Links
from services.chat.shares.servicer import ShareServicer
from services.chat.shares.store import PostgresShares
from services.chat.sync.devices import Devices
from services.chat.sync.servicer import SyncServicer
from services.chat.sync.watching import Watching
from services.chat.transfer.asides import heard
from services.chat.transfer.export_store import PostgresExported
from services.chat.transfer.exports import Exports
from services.chat.transfer.imports import Imports
from services.chat.transfer.servicer import TransferServicer
from services.chat.transfer.slots import Slots
from services.chat.transfer.store import PostgresImports
from services.chat.usage.budgets import Budgets
from services.chat.usage.charge_store import PostgresUsage
from services.chat.usage.hold_servicer import HoldServicer
from services.chat.usage.hold_store import PostgresHolds
from services.chat.usage.prices import priced
from services.chat.usage.rates import RateLimiter
from services.chat.usage.servicer import UsageServicer
from services.kit import redis
from services.kit.buckets import Buckets, FallbackBuckets, LocalBuckets, Size
from services.kit.caller import Verifier, delegate
from services.kit.delegation import Delegation
from services.kit.interceptors import bearer
from services.kit.janitor import Janitor, Job
from services.kit.jwk import read_signing_key
from services.kit.keys import trusted, verifying
from services.kit.postgres import Database
from services.kit.redis_buckets import RedisBuckets
from services.kit.requests.store import forget as forget_requests
from services.kit.server import serving, until_stopped
from services.kit.settings import load
from services.kit.signals import Signals
from services.kit.telemetry import telemetry

SHARES = "parley.chat.v1.ShareService"
EXPORTS_AT_ONCE = 20
SEARCHES = Size(burst=60, per_minute=300)  # of a user; one who types asks often
OWN_POOL = 6  # connections for what no caller waits for
IMPORTS_AT_ONCE = 4  # each may take a whole CPU
JANITOR = 7262211902  # of one replica at a time


async def ask_for_keys(channel: grpc.aio.Channel) -> keys_pb.GetJsonWebKeySetResponse:
    """Ask auth for the keys of access tokens."""
    stub: keys_grpc.KeyServiceAsyncStub = keys_grpc.KeyServiceStub(channel)
    return await stub.GetJsonWebKeySet(keys_pb.GetJsonWebKeySetRequest(), timeout=2)


def watch_revocations(channel: grpc.aio.Channel) -> Any:
    """Have auth say what it revokes."""
    stub: revocations_grpc.RevocationServiceAsyncStub
    stub = revocations_grpc.RevocationServiceStub(channel)
    return stub.WatchRevocations(revocations_pb.WatchRevocationsRequest())


def jobs(database: Database, retention: Retention) -> Sequence[Job]:
    """Say what is done every minute."""
    purge = PostgresPurge(database, retention)
    return (
        Job("purge deleted conversations", purge.due),
        Job("purge unused conversations", purge.unused),
        Job("forget requests", partial(forget_requests, database)),
        Job("forget events", PostgresEvents(database).forget),
        Job("add messages to the search", PostgresIndex(database).fill),
        Job("forget imports", PostgresImports(database).forget_stale),
        Job("forget links", PostgresShares(database).forget),
        Job("forget charges", PostgresUsage(database).forget),
    )


def buckets(size: Size, cache: Redis) -> Buckets:
    """Count with all replicas, and alone while Redis is away."""
    return FallbackBuckets(RedisBuckets(cache, size), LocalBuckets(size))


def transfer(database: Database) -> TransferServicer:
    """Take files in and out, a few at a time."""
    return TransferServicer(
        Exports(PostgresExported(database), Slots(EXPORTS_AT_ONCE)),
        Imports(
            PostgresImports(database),
            Slots(IMPORTS_AT_ONCE),
            partial(datetime.now, UTC),
            heard,
        ),
    )


@asynccontextmanager
async def serving_chat(settings: Settings, verifier: Verifier) -> AsyncIterator[int]:
    """Open what the service needs, serve while the block runs, and close in reverse."""
    key = read_signing_key(settings.signing_key_file)
    delegation = Delegation(key, delegate("chat", to="llm"))
    retention = Retention(settings.retention_days)
    async with (
        Signals.connect(settings.redis_url) as signals,
        Database.connect(settings.database_url, announce=signals.publish) as database,
        # Callers who fill the pool do not keep this process from renewing its lease.
        Database.connect(
            settings.database_url,
            pool_size=OWN_POOL,
            announce=signals.publish,
            patient=True,
        ) as own_database,
        redis.connect(settings.redis_url) as cache,
        RedisLog.open(cache) as log,
        LlmClient.connect(settings.llm_address, delegation) as llm,
        priced(settings.price_list, llm) as prices,
        Titler.open(
            conversations := PostgresConversations(database), Completions(llm)
        ) as titles,
        Runs.open(
            replica := PostgresReplica(
                own_database,
                name=settings.replica_name,
                budgets=(budgets := Budgets(settings.limits, prices)),
            ),
            llm,
            log,
            titles if settings.titles else NoTitles(),
        ) as runs,
        Mirrors.open(
            messages := PostgresMessages(database, holder=replica.id, budgets=budgets),
            log,
        ) as mirrors,
        Leases.open(replica, runs, log, signals) as leases,
        Erasing.open(PostgresErasures(database), signals) as erasing,
        (devices := Devices(events := PostgresEvents(database), signals)).minded(),
        serving(
            partial(
                usage_grpc.add_UsageServiceServicer_to_server,
                UsageServicer(
                    PostgresUsage(database),
                    settings.limits,
                    rates=(
                        rates := RateLimiter("replies", buckets(settings.rate, cache))
                    ),
                ),
            ),
            partial(
                holds_grpc.add_HoldServiceServicer_to_server,
                HoldServicer(
                    holds := PostgresHolds(database, budgets), budgets, rates=rates
                ),
            ),
            partial(
                conversations_grpc.add_ConversationServiceServicer_to_server,
                ConversationServicer(conversations, retention),
            ),
            partial(
                erasure_grpc.add_ErasureServiceServicer_to_server,
                ErasureServicer(erasing),
            ),
            partial(
                folders_grpc.add_FolderServiceServicer_to_server,
                FolderServicer(PostgresFolders(database)),
            ),
            partial(
                messages_grpc.add_MessageServiceServicer_to_server,
                MessageServicer(
                    messages,
                    Replies(messages, runs, mirrors, signals),
                    rates,
                ),
            ),
            partial(
                search_grpc.add_SearchServiceServicer_to_server,
                SearchServicer(
                    PostgresIndex(database),
                    RateLimiter("searches", buckets(SEARCHES, cache)),
                ),
            ),
            partial(
                shares_grpc.add_ShareServiceServicer_to_server,
                ShareServicer(
                    shares := PostgresShares(database),
                    Links(shares, buckets(LOOKUPS, cache)),
                ),
            ),
            partial(
                sync_grpc.add_SyncServiceServicer_to_server,
                SyncServicer(Watching(events, devices)),
            ),
            partial(
                transfer_grpc.add_TransferServiceServicer_to_server, transfer(database)
            ),
            services=(
                "parley.chat.v1.ConversationService",
                "parley.chat.v1.ErasureService",
                "parley.chat.v1.FolderService",
                "parley.chat.v1.HoldService",
                "parley.chat.v1.MessageService",
                "parley.chat.v1.SearchService",
                SHARES,
                "parley.chat.v1.SyncService",
                "parley.chat.v1.TransferService",
                "parley.chat.v1.UsageService",
            ),
            address=settings.listen_address,
            authenticate=bearer(verifier),
            notice_seconds=settings.notice_seconds,
            drain_seconds=settings.drain_seconds,
        ) as port,
        leases.adopting(),
        devices.streaming(),
        Janitor.open(
            own_database,
            (
                *jobs(own_database, retention),
                Job("settle holds", holds.settle_expired),
            ),
            key=JANITOR,
        ),
    ):
        yield port


async def main(settings: Settings) -> None:
    """Serve until the process is told to stop."""
    with telemetry("chat", metrics_address=settings.metrics_address):
        async with (
            verifying(
                settings.auth_address,
                ask_for_keys,
                watch_revocations,
                trusted("llm", settings.trusted_keys_file, by="chat"),
            ) as verifier,
            serving_chat(settings, verifier),
        ):
            await until_stopped()


if __name__ == "__main__":
    uvloop.run(main(load(Settings)))
