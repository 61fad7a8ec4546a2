"""What controls a running mesh: it follows the files, whatever people do to them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.local.digest import digest
from deploy.local.ports import free_port
from deploy.local.state import State
from deploy.mesh import control
from deploy.mesh.bench import Bench
from deploy.mesh.files import ROOT
from deploy.mesh.identity.authority import Authority
from deploy.mesh.plan import Plan
from deploy.mesh.system import AUTHORITY, renew_authority
from tests.edge.patience import until

KUSTOMIZATION = f"""\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [{ROOT}/deploy/mesh/policy]
patches:
- {{target: {{kind: AuthorizationPolicy, name: edge-may-fetch-web}}, path: web.yaml}}
- {{target: {{kind: VirtualService, name: to-web}}, path: route.yaml}}
"""
METHODS = "[{{op: replace, path: /spec/rules/0/to/0/operation/methods, value: [{}]}}]\n"
MATCH = "[{{op: add, path: /spec/http/0/match, value: [{{uri: {{regex: '{}'}}}}]}}]\n"


class Ports(dict[str, int]):
    """Gives every name a port."""

    def __missing__(self, name: str) -> int:
        """Find one that nobody has."""
        return self.setdefault(name, free_port(self.values()))


@dataclass
class Controlled:
    """A mesh whose files somebody edits, and what is said of that."""

    plan: Plan
    bench: Bench
    said: list[str]

    def write(self, name: str, text: str | bytes) -> None:
        """Edit a file; forget what was said before."""
        self.said.clear()
        content = text.encode() if isinstance(text, str) else text
        self.path(name).write_bytes(content)

    def path(self, name: str) -> Path:
        """Name a file of the policy."""
        return Path(self.plan.policy) / name

    async def until_said(self, what: str) -> None:
        """Wait until something is said."""
        await until(lambda: any(what in each for each in self.said))

    async def holds(self, sidecar: str, what: str) -> bool:
        """Tell whether a sidecar works with something."""
        return what in await self.bench.admin(sidecar).ask("/config_dump")

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Watch the files while the block runs; they have to be watched to its end."""
        watching = asyncio.create_task(control.watch(self.plan, self.bench.agents))
        try:
            yield
            assert not watching.done()
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


@pytest.fixture
async def controlled(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Controlled]:
    """A mesh of sidecars alone."""
    said: list[str] = []
    monkeypatch.setattr(control, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(control, "say", said.append)
    policy = folder / "policy"
    policy.mkdir()
    (policy / "kustomization.yaml").write_text(KUSTOMIZATION)
    (policy / "web.yaml").write_text(METHODS.format("GET"))
    (policy / "route.yaml").write_text(MATCH.format("/.*"))
    plan = Plan(folder=str(folder), ports=Ports(), policy=str(policy))
    bench = Bench(plan.cluster(), folder, Authority.new())
    async with bench.running(plan.mesh()):
        yield Controlled(plan, bench, said)


WRONG: Mapping[str, tuple[str, str | bytes]] = {
    "empty": ("web.yaml", ""),
    "a comment alone": ("web.yaml", "# later\n"),
    "half": ("web.yaml", "[{op: replace, pa"),
    "no text": ("web.yaml", b"\xff\xfe"),
    "a scalar": ("web.yaml", "soon"),
    "no operation": ("web.yaml", "[soon]"),
    "an empty kustomization": ("kustomization.yaml", ""),
    "two kustomizations": ("kustomization.yaml", f"{KUSTOMIZATION}---\nx: 1\n"),
}


async def test_a_file_that_cannot_be_read_changes_nothing_and_the_next_edit_holds(
    controlled: Controlled,
):
    async with controlled.watched():
        await controlled.until_said("pushed")
        for file, wrong in WRONG.values():
            before = controlled.path(file).read_text()
            controlled.write(file, wrong)
            await controlled.until_said("refused, so nothing changes")
            controlled.write(file, before)
            await controlled.until_said("pushed")
        controlled.write("web.yaml", METHODS.format("PATCH"))
        await controlled.until_said("pushed")

    assert await controlled.holds("web", '"PATCH"')


async def test_what_was_edited_while_nobody_watched_holds_afterwards(
    controlled: Controlled,
):
    controlled.write("web.yaml", METHODS.format("PATCH"))
    async with controlled.watched():
        await controlled.until_said("pushed")

    assert await controlled.holds("web", '"PATCH"')


async def test_a_file_that_is_being_written_is_not_read(
    controlled: Controlled, monkeypatch: pytest.MonkeyPatch
):
    """A file that differs at every look is one that an editor has not done with."""
    looks = 0

    def look(paths: Iterable[Path]) -> str:
        nonlocal looks
        looks += 1
        controlled.path("web.yaml").write_text(f"[{{op: {looks}")
        return digest(paths)

    async with controlled.watched():
        await controlled.until_said("pushed")
        controlled.said.clear()
        monkeypatch.setattr(control, "digest", look)
        await until(lambda: looks > 10)
        said = [*controlled.said]

    assert said == []


async def test_what_an_envoy_rejects_is_named_and_all_goes_back(
    controlled: Controlled,
):
    async with controlled.watched():
        await controlled.until_said("pushed")
        controlled.write("route.yaml", MATCH.format("/("))
        await controlled.until_said("rejected by an Envoy")
        (said,) = [each for each in controlled.said if "rejected" in each]
        await controlled.until_said("pushed")
        went_back = await controlled.holds("edge", '"/.*"')
        controlled.write("route.yaml", MATCH.format("/ne[wx]t"))
        await controlled.until_said("pushed")

    assert "edge: " in said
    assert "rds.outbound|3000||web" in said
    assert went_back
    assert await controlled.holds("edge", "/ne[wx]t")


async def test_a_mesh_whose_policy_is_refused_has_certificates_nevertheless(
    controlled: Controlled, monkeypatch: pytest.MonkeyPatch, folder: Path
):
    """Who controls it starts, and says what is wrong."""
    controlled.write("web.yaml", "")
    authority = folder / "authority.pem"
    authority.write_text(Authority.new().written())
    plan = Plan(
        folder=str(folder),
        ports=controlled.plan.ports,
        policy=controlled.plan.policy,
        authority=str(authority),
    )
    stopped = asyncio.Event()
    monkeypatch.setattr(control, "until_stopped", stopped.wait)

    serving = asyncio.create_task(control.serve(plan))
    await controlled.until_said("every sidecar has who it is")
    await controlled.until_said("web.yaml: holds nothing")
    stopped.set()
    await serving


async def test_who_watches_no_more_ends_the_process(
    controlled: Controlled, monkeypatch: pytest.MonkeyPatch, folder: Path
):
    async def dies(*_: object) -> None:
        raise OSError("the disk is gone")

    authority = folder / "authority.pem"
    authority.write_text(Authority.new().written())
    plan = Plan(
        folder=str(folder), ports=controlled.plan.ports, authority=str(authority)
    )
    monkeypatch.setattr(control, "watch", dies)

    with pytest.raises(OSError, match="the disk is gone"):
        await control.serve(plan)


def test_an_authority_is_renewed_before_it_expires(folder: Path):
    state = State.of({"PARLEY_STATE": str(folder)})
    state.create()
    file = state.secret(AUTHORITY, lambda: Authority.new().written())
    renew_authority(state)
    assert file.exists()

    file.write_text(Authority.new(timedelta(days=29)).written())
    renew_authority(state)

    assert not file.exists()


def test_nobody_is_told_to_trust_an_authority_that_is_about_to_expire(folder: Path):
    file = folder / "authority.pem"
    file.write_text(Authority.new(timedelta(minutes=5)).written())
    plan = Plan(folder=str(folder), ports={}, authority=str(file))

    with pytest.raises(SystemExit, match="own authority expires"):
        plan.trusted()
