"""Speaking instead of typing, into a microphone that a test holds."""

import asyncio
import struct

from playwright.async_api import Route, expect

from parley.llm.v1.speech_service_pb2 import TranscribeSpeechResponse
from tests.e2e.pages import Parley

TRANSCRIBE = "**/parley.llm.v1.SpeechService/TranscribeSpeech"
# No browser here has a microphone, and nobody to allow it.
MICROPHONE = """
  window.microphone = { on: 0, recorders: 0 }
  const track = { stop: () => { window.microphone.on -= 1 } }
  navigator.mediaDevices.getUserMedia = () => new Promise((resolve) => {
    window.microphone.allow = () => {
      window.microphone.on += 1
      resolve({ getTracks: () => [track] })
    }
  })
  window.MediaRecorder = class {
    static isTypeSupported = () => true
    mimeType = 'audio/webm'
    state = 'inactive'
    start() {
      window.microphone.recorders += 1
      this.state = 'recording'
    }
    stop() {
      this.state = 'inactive'
      this.ondataavailable({ data: new Blob(['said']) })
      this.onstop()
    }
  }
"""


def written_down(text: str) -> bytes:
    """Return what gRPC-Web answers to a recording."""
    message = TranscribeSpeechResponse(text=text).SerializeToString()
    trailers = b"grpc-status: 0\r\n"
    return b"".join(
        struct.pack(">BI", kind, len(data)) + data
        for kind, data in ((0, message), (0x80, trailers))
    )


async def test_what_is_typed_and_sent_while_speech_is_written_down_stays_so(
    parley: Parley,
):
    typed = asyncio.Event()

    async def take_long(route: Route) -> None:
        await typed.wait()
        kind = "application/grpc-web+proto"
        await route.fulfill(content_type=kind, body=written_down("And at night?"))

    await parley.page.add_init_script(MICROPHONE)
    await parley.page.route(TRANSCRIBE, take_long)
    await parley.sign_up()
    await parley.ask("Hello")
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()
    await parley.composer.fill("Why do they dig?")
    await parley.press("Dictate")
    await parley.page.evaluate("window.microphone.allow()")
    await parley.press("Stop and write it down")
    await parley.composer.press("Enter")
    await expect(parley.questions).to_have_count(2)
    await parley.composer.fill("Tell me.")
    typed.set()

    await expect(parley.composer).to_have_value("Tell me. And at night?")
    assert await parley.page.evaluate("window.microphone.on") == 0


async def test_a_microphone_that_is_allowed_too_late_is_given_back(parley: Parley):
    await parley.page.add_init_script(MICROPHONE)
    await parley.sign_up()
    await parley.ask("Hello")
    await expect(parley.page.get_by_role("button", name="Copy reply")).to_be_visible()
    await parley.press("Dictate")
    await expect(
        parley.page.get_by_role("button", name="Waiting for the microphone…")
    ).to_be_visible()

    await parley.begin_conversation()
    # `on` is 1 until the page, which is told in a later task, gives it back.
    after = await parley.page.evaluate(
        """async () => {
          window.microphone.allow()
          await new Promise((resolve) => setTimeout(resolve, 100))
          return window.microphone
        }"""
    )

    assert (after["on"], after["recorders"]) == (0, 0)
