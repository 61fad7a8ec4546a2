"""
Print events as lines of JSON: `python -m services.chat.outbox`.

Prints what is kept, and with `--follow` what is recorded from then on, of all users.
With `--consumer NAME` it goes on where the consumer of that name stopped. Reads
`CHAT_DATABASE_URL`.
"""

import asyncio
from argparse import ArgumentParser

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chat.outbox.model import BEGINNING, Position
from services.chat.outbox.store import PostgresConsumers
from services.chat.outbox.wire import to_event
from services.kit.outbox import Outbox, print_lines
from services.kit.postgres import Database
from services.kit.settings import load


class Settings(BaseSettings):
    """Where the events are."""

    model_config = SettingsConfigDict(env_prefix="CHAT_", frozen=True)

    database_url: str = Field(description="postgresql:// URL of chat's database")


async def main(settings: Settings, consumer: str | None, *, follow: bool) -> None:
    """Print until there is no more."""
    async with Database.connect(settings.database_url, pool_size=1) as database:
        outbox = Outbox(PostgresConsumers(database), Position.of)
        batches = (
            outbox.consume(consumer, follow=follow)
            if consumer
            else outbox.since(BEGINNING, follow=follow)
        )
        await print_lines(batches, to_event)


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m services.chat.outbox")
    parser.add_argument("--follow", action="store_true", help="go on with new events")
    parser.add_argument("--consumer", metavar="NAME", help="remember how far it got")
    arguments = parser.parse_args()
    asyncio.run(main(load(Settings), arguments.consumer, follow=arguments.follow))
