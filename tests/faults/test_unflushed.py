"""A replica dies before others have all that its readers were shown."""

import grpc

from parley.chat.v1 import message_service_pb2 as pb
from tests.calls import everything
from tests.chat.events import kinds
from tests.faults.reader import Person
from tests.faults.system import System

UNFLUSHED = 3  # characters that died with the replica


async def test_a_reader_who_has_seen_more_than_the_log_waits_for_the_takeover(
    system: System,
):
    async with grpc.aio.insecure_channel(system.envoy.target) as channel:
        asking = await Person(system, channel).begin(model="scripted-60x100ms")
        await asking.shown.until(5)
        asking.task.cancel()
        name, seq = asking.shown.name, asking.shown.seq
        victim = await system.holder(name)
        (other,) = [chat for chat in system.chats if chat is not victim]
        await victim.end()
        try:
            async with grpc.aio.insecure_channel(other.address) as beside:
                person = Person(system, beside, asking.person.user)
                rest = person.messages.ResumeReply(
                    pb.ResumeReplyRequest(name=name, after_seq=seq + UNFLUSHED),
                    metadata=person.me,
                )
                assert "restarted" in kinds(await everything(rest))
        finally:
            await system.start_service(victim)
