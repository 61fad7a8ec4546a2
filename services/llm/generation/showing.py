"""What of attachments is shown to a model, and what is looked for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.llm.model import Image, ModelRejected, Turn
from services.llm.names import DocumentName
from services.llm.wanted import Knowledge

MAX_IMAGES = 10  # in all, the newest
MAX_QUERY = 2_000  # characters
FOLLOW_UP = 40  # characters of a question that says too little by itself
UNSEEN = "[An image that you cannot see.]"
ATTACHED = "[Look at what is attached.]"

Images = Mapping[DocumentName, Image | None]  # None: not loaded


def attached(turns: Sequence[Turn]) -> tuple[DocumentName, ...]:
    """Name everything that came with these turns, the newest first."""
    return tuple(
        dict.fromkeys(name for turn in reversed(turns) for name in turn.attachments)
    )


def where(
    knowledge: Knowledge, attachments: Sequence[DocumentName], images: Images
) -> Knowledge:
    """Say where to look for passages: in attachments that are no images, too."""
    if knowledge.all:
        return knowledge
    documents = tuple(name for name in attachments if name not in images)
    return replace(knowledge, attached=documents)


def query(turns: Sequence[Turn]) -> str:
    """Say what to look for: the last question, and what a short one follows up."""
    said = [turn.text.strip() for turn in turns if turn.role == "user"]
    if not said:
        return ""
    if len(said) > 1 and len(said[-1]) < FOLLOW_UP:
        said[-1] = f"{said[-2][-MAX_QUERY // 2 :]}\n{said[-1]}"
    return said[-1][-MAX_QUERY:].strip()


def illustrated(
    turns: Sequence[Turn], images: Images, *, sees: bool
) -> tuple[Turn, ...]:
    """
    Show images with the turns that they came with.

    Raises `ModelRejected` if the last question has one and the model does not see; of
    older ones it is only told that they are there.
    """
    if not images:
        return tuple(turns)
    last = max(i for i, turn in enumerate(turns) if turn.attachments)
    asked = max((i for i, turn in enumerate(turns) if turn.role == "user"), default=0)
    left = MAX_IMAGES if sees else 0
    shown = list(turns)
    for index in range(last, -1, -1):
        turn = shown[index]
        found = [images[name] for name in turn.attachments if name in images]
        if not found:
            continue
        if not sees and index >= asked:
            raise ModelRejected
        seen = tuple(image for image in found if image)[:left]
        left -= len(seen)
        text = "\n".join((*([UNSEEN] if len(seen) < len(found) else ()), turn.text))
        shown[index] = replace(turn, images=seen, text=text)
    return tuple(shown)


def worded(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Put words to turns that are nothing but attachments."""
    return tuple(
        turn if turn.text or turn.images else replace(turn, text=ATTACHED)
        for turn in turns
    )
