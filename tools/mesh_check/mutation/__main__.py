"""
Break the policy in every place, and count what is noticed.

    python -m tools.mesh_check.mutation          # the score, and what nobody noticed
    python -m tools.mesh_check.mutation --all    # and who noticed what
"""

import sys
from collections import Counter

from tools.mesh_check.folder import Folder
from tools.mesh_check.mutation.scoring import LEAST, Score, score


def main() -> None:
    """Print the score; fail when it is too low."""
    found = score(Folder.read())
    if "--all" in sys.argv:
        for mutant, rule in found.noticed.items():
            print(f"{rule:28} {mutant}")
    show(found)
    if found.missed:
        sys.exit(f"mesh-mutants failed: {len(found.missed)} changes went unnoticed")


def show(found: Score) -> None:
    """Print it."""
    for rule, count in Counter(found.noticed.values()).most_common():
        print(f"{count:6} {rule}")
    for excuse, mutants in found.only_running.items():
        print(f"\nOnly a running mesh shows it: {excuse.why}")
        print("\n".join(f"  {mutant}" for mutant in mutants))
    for excuse, mutants in found.same.items():
        print(f"\nMeans the same ({len(mutants)}): {excuse.why}")
    for mutant in found.missed:
        print(f"\nUnnoticed: {mutant}")
    print(
        f"\n{len(found.noticed)} of {found.mistakes} mistakes are noticed by a check "
        f"({found.percent:.1f} %; at least {LEAST} % has to be)"
    )


if __name__ == "__main__":
    main()
