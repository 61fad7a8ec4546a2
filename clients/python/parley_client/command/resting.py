"""What the answers of a dialogue rest on, changed as it goes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typer

from parley_client import Conversation, GenerationOptions, Knowledge, Parley
from parley_client.command import finding, tools
from parley_client.command.failures import complain
from parley_client.command.harmless import one_line
from parley_client.command.knowing import tool_name
from parley_client.command.screen import note
from parley_client.command.uploads import uploaded

HELP = """\
/attach FILE    upload a file, and send it with the next question
/knowledge NAME answer from this document or collection too; "all" for all of
                them, and without a name from none
/assistant NAME ask this assistant; without a name, none
/tools NAME…    let the model call these; without names, list them; "none"
/sources [N]    list what the last answer rests on, or show place N
/tokens         show how full the model's window is"""


@dataclass
class Resting:
    """What the next answers rest on."""

    options: GenerationOptions = field(default_factory=GenerationOptions)
    # What goes with the next question.
    attachments: list[str] = field(default_factory=list)

    async def attach(self, parley: Parley, files: Sequence[Path]) -> None:
        """Upload files for the next question."""
        for document in await uploaded(parley, files):
            self.attachments.append(document.name)
            note(f"{one_line(document.display_name)} goes with your next question.")

    def attached(self) -> list[str]:
        """Return what goes with this question, and with no other."""
        attachments, self.attachments = self.attachments, []
        return attachments

    async def know(self, parley: Parley, given: str) -> None:
        """Add to what answers are looked for in; nothing clears it."""
        if not given:
            self.options.ClearField("knowledge")
            note("Answers rest on no documents.")
            return
        knowledge = self.options.knowledge
        if given == "all":
            knowledge.CopyFrom(Knowledge(all=True))
            note("Answers rest on all your documents.")
        elif name := await finding.collection_called(parley, given):
            knowledge.collections.append(name)
            note(f"Answers rest on what is in {one_line(given)}.")
        else:
            knowledge.documents.append(await finding.document(parley, given))
            note(f"Answers rest on {one_line(given)}.")

    async def assist(self, parley: Parley, given: str) -> None:
        """Have an assistant answer; none if none is given."""
        if not given:
            self.options.assistant = ""
            note("No assistant answers.")
            return
        self.options.assistant = await finding.assistant(parley, given)
        note(f"{one_line(given)} answers.")

    async def use(self, parley: Parley, given: Sequence[str]) -> None:
        """Let models call tools, or list them."""
        if not given:
            await tools.list_all(parley)
            return
        chosen = [] if list(given) == ["none"] else [tool_name(each) for each in given]
        self.options.ClearField("tools")
        self.options.tools.extend(chosen)
        note(f"The model may call: {one_line(' '.join(given))}.")

    async def count(
        self, parley: Parley, conversation: Conversation, *, model: str
    ) -> None:
        """Show how full the window is."""
        counted = await parley.count_tokens(
            conversation, model=model, options=self.options
        )
        about = "" if counted.exact else "about "
        window = counted.window_tokens
        full = f" of {window:,} ({counted.input_tokens / window:.0%})" if window else ""
        note(
            f"{one_line(counted.model)} reads {about}{counted.input_tokens:,} "
            f"tokens{full}: instructions {counted.system_tokens:,}, "
            f"messages {counted.turn_tokens:,}, summary {counted.summary_tokens:,}."
        )
        if counted.window_exceeded:
            note("What was said last does not fit: choose another model, or say less.")
        elif counted.dropped_turns:
            note(f"{counted.dropped_turns} messages no longer fit.")

    async def obey(self, parley: Parley, command: str, rest: str) -> bool:
        """Do what a line asks for; False if it is not for here."""
        try:
            match command:
                case "/attach" if file := file_called(rest):
                    await self.attach(parley, [file])
                case "/attach":
                    complain(f"There is no file {rest!r}. Say: /attach FILE")
                case "/knowledge":
                    await self.know(parley, rest)
                case "/assistant":
                    await self.assist(parley, rest)
                case "/tools":
                    await self.use(parley, rest.split())
                case _:
                    return False
        except typer.BadParameter as error:
            complain(error.message)
        return True


def file_called(given: str) -> Path | None:
    """Return the file that is meant, if there is one."""
    file = Path(given).expanduser()
    return file if given and file.is_file() else None
