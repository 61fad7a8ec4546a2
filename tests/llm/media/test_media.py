"""SpeechService and ImageService, over a server that speaks OpenAI's protocol."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from parley.llm.v1 import speech_service_pb2 as speech_pb
from services.llm.media.model import (
    MAX_AUDIO,
    MAX_IMAGE,
)
from tests.calls import everything, refusal
from tests.doubles.media_server import PNG, Media
from tests.llm.media.conftest import Reached, reaching


async def test_what_is_said_is_written_down(reached: Reached, media: Media):
    written = await reached.transcribe(
        media_type="audio/webm;codecs=opus", language="de"
    )

    assert written == speech_pb.TranscribeSpeechResponse(
        text="Hello there.", model="whisper"
    )
    assert media.asked == [
        {
            "file": ("recording.webm", "audio/webm", b"OggS"),
            "model": "whisper",
            "response_format": "json",
            "language": "de",
        }
    ]
    assert media.keys == ["Bearer sk-1"]


async def test_what_is_written_is_spoken(reached: Reached, media: Media):
    pieces = await everything(reached.speak(speed=1.5))

    assert b"".join(piece.chunk for piece in pieces) == b"ID3onetwo"
    assert [piece.media_type for piece in pieces][:1] == ["audio/mpeg"]
    assert {piece.media_type for piece in pieces[1:]} <= {""}
    assert media.asked == [
        {
            "model": "tts",
            "input": "Hi",
            "voice": "alloy",
            "response_format": "mp3",
            "speed": 1.5,
        }
    ]


async def test_images_are_made(reached: Reached, media: Media):
    *images, last = await everything(reached.draw(count=2, size="1024x1024"))

    assert [image.image.data for image in images] == [PNG, PNG]
    assert {image.image.media_type for image in images} == {"image/png"}
    assert last.completed.model == "painter"
    assert media.asked == [
        {
            "model": "painter",
            "prompt": "A fox",
            "n": 2,
            "size": "1024x1024",
            "response_format": "b64_json",
        }
    ]


async def test_without_an_endpoint_each_says_that_there_is_none():
    async with reaching(None) as reached:
        written = await refusal(reached.transcribe())
        spoken = await refusal(reached.speak())
        drawn = await refusal(reached.draw())

    assert (written.reason, spoken.reason) == ("SPEECH_UNAVAILABLE",) * 2
    assert drawn.reason == "IMAGES_UNAVAILABLE"


@pytest.mark.parametrize("status", [301, 401, 403, 404, 429, 500, 503])
async def test_an_endpoint_that_fails_is_unavailable(
    reached: Reached, media: Media, status: int
):
    media.status = status

    assert (await refusal(reached.transcribe())).reason == "SPEECH_UNAVAILABLE"
    assert (await refusal(reached.speak())).reason == "SPEECH_UNAVAILABLE"
    assert (await refusal(reached.draw())).reason == "IMAGES_UNAVAILABLE"


@pytest.mark.parametrize("status", [400, 413, 415, 422])
async def test_what_the_endpoint_does_not_take_is_the_callers_to_mend(
    reached: Reached, media: Media, status: int
):
    media.status, media.body = status, b'{"error": {"message": "secret words"}}'

    written, spoken = (
        await refusal(reached.transcribe()),
        await refusal(reached.speak(voice="nobody")),
    )
    drawn = await refusal(reached.draw())

    assert (written.reason, written.metadata["field"]) == ("INVALID_FIELD", "audio")
    assert (spoken.reason, spoken.metadata["field"]) == ("INVALID_FIELD", "voice")
    assert drawn.reason == "IMAGE_REJECTED"
    for refused in (written, spoken, drawn):
        assert "secret words" not in f"{refused.message}{refused.metadata}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"text": 1}',
        b'{"data": [{"url": "http://127.0.0.1/x.png"}]}',
        b'{"data": [{"b64_json": "!!!"}]}',
        json.dumps({"data": [{"b64_json": base64.b64encode(b"GIF89a").decode()}]}),
        json.dumps(
            {"data": [{"b64_json": base64.b64encode(PNG + b"0" * MAX_IMAGE).decode()}]}
        ),
    ],
)
async def test_garbage_is_unavailable(
    reached: Reached, media: Media, body: bytes | str
):
    media.body = body if isinstance(body, bytes) else body.encode()

    assert (await refusal(reached.transcribe())).reason == "SPEECH_UNAVAILABLE"
    assert (await refusal(reached.draw())).reason == "IMAGES_UNAVAILABLE"


async def test_an_answer_without_end_is_cut_off(reached: Reached, media: Media):
    media.speech = (b"x" * 1024 * 1024,) * 40

    assert (await refusal(reached.speak())).reason == "SPEECH_UNAVAILABLE"


async def test_who_leaves_closes_the_connection(reached: Reached, media: Media):
    media.hold = asyncio.Event()
    call = reached.draw()
    reading = asyncio.create_task(everything(call))
    await media.waiting.wait()

    call.cancel()

    async with asyncio.timeout(60):
        await media.left.wait()
    with pytest.raises(asyncio.CancelledError):
        await reading


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"media_type": "text/plain"}, "media_type"),
        ({"audio": b""}, "audio"),
        ({"audio": b"x" * (MAX_AUDIO + 1)}, "audio"),
        ({"language": "x" * 36}, "language"),
    ],
)
async def test_a_bad_recording_is_refused(
    reached: Reached, media: Media, fields: dict[str, object], field: str
):
    refused = await refusal(reached.transcribe(**fields))

    assert (refused.reason, refused.metadata["field"]) == ("INVALID_FIELD", field)
    assert media.asked == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 4_001}, "prompt"),
        ({"count": 5}, "count"),
        ({"count": -1}, "count"),
        ({"size": "1x1"}, "size"),
    ],
)
async def test_a_bad_description_is_refused(
    reached: Reached, media: Media, fields: dict[str, object], field: str
):
    refused = await refusal(reached.draw(**fields))

    assert (refused.reason, refused.metadata["field"]) == ("INVALID_FIELD", field)
    assert media.asked == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 4_001}, "text"),
        ({"voice": "x" * 101}, "voice"),
        ({"speed": 0.1}, "speed"),
        ({"speed": 5.0}, "speed"),
    ],
)
async def test_a_bad_text_is_refused(
    reached: Reached, media: Media, fields: dict[str, object], field: str
):
    refused = await refusal(reached.speak(**fields))

    assert (refused.reason, refused.metadata["field"]) == ("INVALID_FIELD", field)
    assert media.asked == []
