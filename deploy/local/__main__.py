"""Run Parley on this machine: `python -m deploy.local up` (or `make up`)."""

import asyncio
import os
from time import monotonic
from typing import NoReturn

import typer

from deploy.local.parts import LAYERS, System
from deploy.local.prove import Proof, prove
from deploy.local.replicas import kind, replicas
from deploy.local.show import show_status
from deploy.local.state import DEFAULT_PORT, State
from deploy.local.supervisor import Supervisor
from deploy.local.up import environment, found, plan, start

app = typer.Typer(add_completion=False, help=__doc__, no_args_is_help=True)


@app.command()
def up() -> None:
    """Start what does not run, and prove that an answer streams through all of it."""
    began = monotonic()
    state = State.of(os.environ)
    settings = environment()
    system, supervisor = plan(state, settings, replicas(settings))
    start(system, supervisor)
    proof = asyncio.run(prove(state.url, system.logs, system.mailbox_port))
    print()
    show_status(system, supervisor)
    print(summary(system, proof, monotonic() - began))


def summary(system: System, proof: Proof | None, seconds: float) -> str:
    """Say where Parley is, what answers, and what to do next."""
    state = system.state
    lines = [
        "",
        f"Parley is up after {seconds:.1f} s: {state.url}",
        "  in a terminal     .venv/bin/parley login --sign-up"
        + ("" if state.port == DEFAULT_PORT else f" --url {state.url}"),
    ]
    if system.mailbox_port:
        lines.append(f"  its mail          http://localhost:{system.mailbox_port}")
    if proof:
        lines.append(
            f"  the model         {proof.model} ({proof.provider}); "
            f"first token after {proof.first_token_ms:.0f} ms"
        )
    else:
        lines.append("  the model         was not asked: that takes a code by mail")
    if proof and proof.provider == "offline":
        lines += [
            "",
            "No model is configured. Write this into .env, then run "
            f"`{system.command}` again:",
            "  OPENAI_API_KEY=sk-...     (or OPENAI_BASE_URL=http://... for another)",
            "  PARLEY_MODEL=gpt-6-luna",
            "or start Ollama on this machine: Parley finds it by itself.",
        ]
    return "\n".join(lines)


@app.command()
def down() -> None:
    """Stop everything; what people wrote stays in the state folder."""
    state = State.of(os.environ)
    supervisor = Supervisor(state)
    if not supervisor.process:
        print("Parley is not running.")
        return
    supervisor.stop(LAYERS)
    print(f"Parley is down. Its data stays in {state.folder}.")


@app.command()
def status() -> None:
    """Show each part: its state, memory, restarts and address."""
    system, supervisor = found(State.of(os.environ), environment())
    if not show_status(system, supervisor):
        raise typer.Exit(1)


@app.command()
def logs(
    service: str = typer.Argument(
        "", help="one part, or all replicas of a service; everything if empty"
    ),
) -> None:
    """Follow what the parts write."""
    follow(State.of(os.environ), service)


def follow(state: State, service: str) -> NoReturn:
    """Become the program that shows logs as they grow."""
    # Of what was started last: other logs may be left of other replicas.
    supervisor = Supervisor(state)
    names = [*supervisor.configured(), "supervisord"]
    files = {name: log for name in names if (log := supervisor.log(name)).exists()}
    wanted = [log for name, log in files.items() if service in ("", name, kind(name))]
    if not wanted:
        parts = ", ".join(files) or "none"
        raise SystemExit(f"There is no log of {service!r}. There are: {parts}")
    os.execvp("tail", ["tail", "-n", "100", "-F", *map(str, wanted)])  # noqa: S606 - no shell


if __name__ == "__main__":
    app()
