"""
Print events as lines of JSON: `python -m services.chat.outbox`.

Prints what is kept, and with `--follow` what is recorded from then on, of all users.
With `--consumer NAME` it goes on where the consumer of that name stopped. Reads
`CHAT_DATABASE_URL`.
"""

import asyncio
import sys
from argparse import ArgumentParser

from google.protobuf.json_format import MessageToJson
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chat.outbox.consumers import Outbox
from services.chat.outbox.model import BEGINNING
from services.chat.outbox.store import PostgresConsumers
from services.chat.outbox.wire import to_event
from services.kit.postgres import Database
from services.kit.settings import load


class Settings(BaseSettings):
    """Where the events are."""

    model_config = SettingsConfigDict(env_prefix="CHAT_", frozen=True)

    database_url: str = Field(description="postgresql:// URL of chat's database")


async def main(settings: Settings, consumer: str | None, *, follow: bool) -> None:
    """Print until there is no more."""
    async with Database.connect(settings.database_url, pool_size=1) as database:
        outbox = Outbox(PostgresConsumers(database))
        batches = (
            outbox.consume(consumer, follow=follow)
            if consumer
            else outbox.since(BEGINNING, follow=follow)
        )
        async for batch in batches:
            for event in batch:
                line = MessageToJson(
                    to_event(event), indent=None, preserving_proto_field_name=True
                )
                sys.stdout.write(line + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m services.chat.outbox")
    parser.add_argument("--follow", action="store_true", help="go on with new events")
    parser.add_argument("--consumer", metavar="NAME", help="remember how far it got")
    arguments = parser.parse_args()
    asyncio.run(main(load(Settings), arguments.consumer, follow=arguments.follow))
