"""Break the policy in every place, and count what is noticed."""

import sys
from argparse import ArgumentParser
from collections import Counter

from tools.mesh_check.folder import Folder
from tools.mesh_check.mutation.additions import additions
from tools.mesh_check.mutation.mutants import mutants
from tools.mesh_check.mutation.published import publish, published, table
from tools.mesh_check.mutation.scoring import Score, score
from tools.mesh_check.official import why_not

# What is done to the policy.
KINDS = {"taken away or loosened": mutants, "added": additions}


def main(*, all: bool, write: bool) -> None:
    """Print the scores; fail when something goes unnoticed, or they are not these."""
    if reason := why_not():
        sys.exit(f"mesh-mutants failed: {reason}")
    folder = Folder.read()
    scores = {what: score(folder, list(kind(folder))) for what, kind in KINDS.items()}
    for found in scores.values():
        show(found, all=all)
    text = table(scores)
    print(f"\n{text}")
    if write:
        publish(text)
    if missed := sum(len(found.missed) for found in scores.values()):
        sys.exit(f"mesh-mutants failed: {missed} changes went unnoticed")
    if text != published():
        sys.exit(
            "deploy/istio/README.md says otherwise: make mesh-mutants ARGS=--write"
        )


def show(found: Score, *, all: bool) -> None:
    """Print who noticed what, and what nobody did."""
    if all:
        for mutant, rule in found.noticed.items():
            print(f"{rule:28} {mutant}")
    for rule, count in Counter(found.noticed.values()).most_common():
        print(f"{count:6} {rule}")
    for excuse, running in found.only_running.items():
        print(f"\nOnly a running mesh shows it: {excuse.why}")
        print("\n".join(f"  {mutant}" for mutant in running))
    for excuse, same in found.same.items():
        print(f"\nMeans the same ({len(same)}): {excuse.why}")
    for mutant in found.missed:
        print(f"\nUnnoticed: {mutant}")


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m tools.mesh_check.mutation")
    parser.description = f"{__doc__} It takes minutes."
    parser.add_argument("--all", action="store_true", help="say who noticed what, too")
    parser.add_argument("--write", action="store_true", help="write it into the README")
    main(**vars(parser.parse_args()))
