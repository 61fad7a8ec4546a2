"""
Say who may call what, by calling, and what an edit of the policy changed.

Calls every method as every identity with every kind of token, through real sidecars:
with the policy as the last commit has it, and as the files have it now. Ends with 1 if
the policy and the protos disagree.
"""

import argparse
import asyncio
import io
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from deploy.local.ports import free_port
from deploy.local.state import ROOT
from deploy.local.steps import step
from deploy.mesh.files import POLICY, VALUES, read_policy, shown
from deploy.mesh.kinds.base import Refused
from deploy.mesh.resources import Mesh
from deploy.mesh.rpcs import rpcs
from deploy.mesh.table.calls import Found, call_everything
from deploy.mesh.table.comparing import Change, changes, differing, disagreements
from deploy.mesh.table.signing import Signer, new_signers
from deploy.mesh.table.standing import standing
from deploy.mesh.table.ways import OUTSIDE, call_all_ways
from deploy.mesh.table.writing import fill, listed, tables

DOCUMENT = ROOT / "docs/mesh.md"
UNSEEN = """\
  The calls of this table say who is let through. They do not say how long a call may
  take, what is asked again, which replica gets it, or what is logged: tests/mesh does.
"""


def main() -> None:
    """Call, compare, write."""
    arguments = read_arguments()
    signers = new_signers()
    keys = {issuer: signer.key_set for issuer, signer in signers.items()}
    began = monotonic()
    commit, policy = named(arguments.before), arguments.policy.resolve()
    try:
        now = read_policy(policy, keys=keys)
        then = policy_at(commit, policy, keys)
        found = called(now, signers, "the policy as it is now")
        before = found
        if then and then != now:
            before = called(then, signers, f"the policy of {arguments.before}")
    except Refused as refused:
        raise SystemExit(f"The policy is refused:\n{refused}") from None
    if arguments.write and policy == POLICY:
        fill(DOCUMENT, tables(found, list(rpcs().values())))
        print(f"  wrote {DOCUMENT.relative_to(ROOT)}")
    print(f"\n{len(found):,} kinds of calls made, {monotonic() - began:.0f} s.\n")
    if then is None:
        print(f"{arguments.before} had no policy {shown(policy)}: nothing to compare.")
    else:
        say_changes(changes(before, found), differing(then, now), arguments.before)
    if wrong := disagreements(found, list(rpcs().values())):
        sys.exit(listed(f"\nThe protos say otherwise ({len(wrong)}):", wrong))
    print("The protos say the same of every call.")


def say_changes(changed: Sequence[Change], differ: Sequence[str], before: str) -> None:
    """Say what an edit changed for whom; if for nobody, what it is that differs."""
    if changed:
        print(listed(f"Changed since {before} ({len(changed)}):", changed))
    elif differ:
        print(
            listed(
                f"No call ends otherwise than at {before}, though these differ:", differ
            )
        )
        print(UNSEEN)
    else:
        print(f"Nothing changed since {before}, for nobody.")


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog='make mesh-test ARGS="…"',
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--before", default="HEAD", metavar="REVISION", help="compare with this commit"
    )
    parser.add_argument(
        "--policy", type=Path, default=POLICY, help="a folder with a kustomization"
    )
    parser.add_argument(
        "--no-write",
        dest="write",
        action="store_false",
        help="leave docs/mesh.md as it is",
    )
    return parser.parse_args()


def named(revision: str) -> str:
    """Find a commit, or end: a mistyped name is no commit without a policy."""
    found = git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if found.returncode:
        raise SystemExit(f"--before: there is no commit {revision!r}")
    return found.stdout.decode().strip()


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Ask git."""
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, check=False
    )


def policy_at(commit: str, policy: Path, keys: Mapping[str, str]) -> Mesh | None:
    """Read the same folder's policy of a commit; None if it had none."""
    if not policy.is_relative_to(ROOT):
        return None
    folder = policy.relative_to(ROOT)
    if git("cat-file", "-e", f"{commit}:{folder}/kustomization.yaml").returncode:
        return None
    packed = git("archive", commit, "deploy", str(folder))
    packed.check_returncode()
    with (
        TemporaryDirectory(prefix="parley-") as name,
        tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive,
    ):
        archive.extractall(name, filter="data")
        values = Path(name) / VALUES.relative_to(ROOT)
        return read_policy(Path(name) / folder, values, keys)


def called(mesh: Mesh, signers: Mapping[str, Signer], title: str) -> Found:
    """Run a mesh with a policy, and call everything."""
    with step(title):
        return asyncio.run(calling(mesh, signers))


async def calling(mesh: Mesh, signers: Mapping[str, Signer]) -> Found:
    """Call everything, in every way."""
    users = [signers["parley"].jwk]
    nobody = f"127.0.0.1:{free_port()}"
    outside = {(host, 443): nobody for host in OUTSIDE}
    with TemporaryDirectory(prefix="parley-") as name:
        async with standing(Path(name), mesh, keys=users, outside=outside) as stage:
            doors = await call_everything(stage, signers)
            return {**doors, **await call_all_ways(stage, signers)}


if __name__ == "__main__":
    main()
