"""Speech and images."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from parley_client import DEFAULT_URL, Parley
from parley_client.command.chat import piped, whole_question
from parley_client.command.harmless import harmless
from parley_client.command.options import Url, run
from parley_client.command.screen import note

KINDS = {
    ".webm": "audio/webm",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".mp4": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
}
MAX_RECORDING = 900 * 1024

Text = Annotated[
    list[str] | None, typer.Argument(help="What to say. Without it: what is piped in.")
]
Output = Annotated[Path, typer.Option("--output", "-o", help="Write here.")]
Voice = Annotated[str, typer.Option(help="The endpoint's name of a voice.")]
Speed = Annotated[float, typer.Option(min=0.25, max=4, help="How fast.")]
Recording = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="What to write down.")
]
Language = Annotated[str, typer.Option(help="What is spoken, for instance: de")]
Prompt = Annotated[list[str], typer.Argument(help="What is to be seen.")]
Count = Annotated[int, typer.Option(min=1, max=4, help="How many to make.")]
Size = Annotated[str, typer.Option(help="1024x1024, 1024x1536 or 1536x1024.")]


def say(
    output: Output,
    text: Text = None,
    voice: Voice = "",
    speed: Speed = 1,
    url: Url = DEFAULT_URL,
) -> None:
    """
    Speak a text into a file.

    \b
    Examples:
      $ parley say "Good morning" -o morning.mp3
      $ parley chat "Tell me a story" | parley say -o story.mp3
    """
    said = whole_question(" ".join(text or ()), None if text else piped())
    if said is None:
        raise typer.BadParameter("say what, or pipe it in")
    folder_of(output)

    async def action(parley: Parley) -> None:
        part = output.with_name(f".{output.name}.part")
        try:
            with part.open("wb") as file:
                async for chunk in parley.speech.synthesize(
                    said, voice=voice, speed=speed
                ):
                    file.write(chunk)
            part.replace(output)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
        note(f"Wrote {output}.")

    run(url, action)


def transcribe(
    file: Recording, language: Language = "", url: Url = DEFAULT_URL
) -> None:
    """
    Write down what is said in a recording of at most 900 KiB.

    \b
    Example:
      $ parley transcribe memo.webm | parley chat "Make a list of what to do"
    """
    kind = KINDS.get(file.suffix.lower())
    if not kind:
        raise typer.BadParameter(f"only {', '.join(KINDS)} can be written down")
    if file.stat().st_size > MAX_RECORDING:
        raise typer.BadParameter("the recording is larger than 900 KiB")

    async def action(parley: Parley) -> None:
        recording = file.read_bytes()
        text = await parley.speech.transcribe(recording, kind, language=language)
        typer.echo(harmless(text))

    run(url, action)


def draw(
    prompt: Prompt,
    output: Output,
    count: Count = 1,
    size: Size = "",
    url: Url = DEFAULT_URL,
) -> None:
    """
    Make images from a description.

    Of several, the second and later ones have a number before the ending of the name.

    \b
    Example:
      $ parley draw "A lighthouse at dawn, woodcut" -o lighthouse.png
    """
    folder_of(output)

    async def action(parley: Parley) -> None:
        number = 0
        images = parley.images.generate(" ".join(prompt), count=count, size=size)
        async for image in images:
            number += 1
            file = output if number == 1 else numbered(output, number)
            file.write_bytes(image.data)
            note(f"Wrote {file}.")

    run(url, action)


def folder_of(output: Path) -> None:
    """Refuse to begin what cannot be written in the end."""
    if not output.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {output.parent}")


def numbered(output: Path, number: int) -> Path:
    """Return a file's name with a number."""
    return output.with_name(f"{output.stem}-{number}{output.suffix}")
