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
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from deploy.local.state import ROOT
from deploy.local.steps import step
from deploy.mesh.files import POLICY, VALUES, read_policy
from deploy.mesh.kinds.base import Refused
from deploy.mesh.resources import Mesh
from deploy.mesh.rpcs import rpcs
from deploy.mesh.table.calls import Found, call_everything
from deploy.mesh.table.comparing import changes, disagreements
from deploy.mesh.table.signing import Signer, new_signers
from deploy.mesh.table.standing import standing
from deploy.mesh.table.writing import listed, put, tables

DOCUMENT = ROOT / "docs/mesh.md"
FOLDERS = ("deploy/istio", "deploy/mesh/policy")


def main() -> None:
    """Call, compare, write."""
    arguments = read_arguments()
    signers = new_signers()
    keys = {issuer: signer.key_set for issuer, signer in signers.items()}
    began = monotonic()
    try:
        now = read_policy(arguments.policy.resolve(), keys=keys)
        with TemporaryDirectory(prefix="parley-") as folder:
            then = policy_at(arguments.before, Path(folder), keys)
    except Refused as refused:
        raise SystemExit(f"The policy is refused:\n{refused}") from None
    found = called(now, signers, "the policy as it is now")
    before = found
    if then and then != now:
        before = called(then, signers, f"the policy of {arguments.before}")
    if arguments.write:
        put(DOCUMENT, tables(found, list(rpcs().values())))
        print(f"  wrote {DOCUMENT.relative_to(ROOT)}")
    print(f"\n{len(found):,} kinds of calls made, {monotonic() - began:.0f} s.\n")
    if changed := changes(before, found):
        print(listed(f"Changed since {arguments.before} ({len(changed)}):", changed))
    else:
        print(f"Nothing changed since {arguments.before}, for nobody.")
    if wrong := disagreements(found, list(rpcs().values())):
        sys.exit(listed(f"\nThe protos say otherwise ({len(wrong)}):", wrong))
    print("The protos say the same of every call.")


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


def policy_at(revision: str, folder: Path, keys: Mapping[str, str]) -> Mesh | None:
    """Read the policy of a commit; None if it had none yet."""
    packed = subprocess.run(
        ["git", "archive", revision, *FOLDERS],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if packed.returncode:
        return None
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    policy = folder / POLICY.relative_to(ROOT)
    return read_policy(policy, folder / VALUES.relative_to(ROOT), keys)


def called(mesh: Mesh, signers: Mapping[str, Signer], title: str) -> Found:
    """Run a mesh with a policy, and call everything."""

    async def calling() -> Found:
        with TemporaryDirectory(prefix="parley-") as folder:
            users = [signers["parley"].jwk]
            async with standing(Path(folder), mesh, keys=users) as stage:
                return await call_everything(stage, signers)

    with step(title):
        return asyncio.run(calling())


if __name__ == "__main__":
    main()
