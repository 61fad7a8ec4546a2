"""
Say how much of OWASP ASVS 5.0.0, levels 1 and 2, the tests prove.

    make asvs                     # run the tests that are marked, then say so
    make asvs ARGS=--last         # say what the last runs proved, such as `make test`
    make asvs ARGS=--missing      # list what applies and has no passing test
    make asvs ARGS="--of 6.2.1"   # show its tests, or why it does not apply
    make asvs ARGS=--write        # write the tables of docs/asvs.md anew

A test says what it proves: @pytest.mark.asvs("6.2.1", "6.2.9"); one of web/ in its
title: 'links lead nowhere [asvs 1.2.2]'. A requirement counts if a test that names it
passed and none that names it failed. What does not apply is in
tools/asvs/inapplicable.yaml.
"""

import argparse
import shutil
import subprocess
import sys

from tools.asvs.catalogue import COUNTED, Catalogue
from tools.asvs.coverage import CHAPTERS, Count, Coverage
from tools.asvs.document import publish, tables
from tools.asvs.findings import FOLDER, ROOT, Finding, proved, read
from tools.asvs.marks import marks

WIDTH = 30
NOTHING = "No run has told yet: run `make asvs`, or `make test`."


def main() -> None:
    """Run what is asked for."""
    arguments = read_arguments()
    catalogue = Catalogue.read()
    if arguments.write:
        publish(tables(Coverage(catalogue, marks().keys())))
        return
    reuse = arguments.last or arguments.missing or arguments.of or arguments.total
    failed = False if reuse else run_marked()
    findings = read(ROOT / FOLDER)
    if not findings:
        sys.exit(NOTHING)
    coverage = Coverage(catalogue, proved(findings).keys())
    if arguments.of:
        print_proofs(catalogue, findings, arguments.of)
    elif arguments.missing:
        print("\n".join(coverage.missing()))
    elif arguments.total:
        print_total(coverage)
    else:
        print_chapters(coverage)
    sys.exit("Some of the marked tests failed." if failed else 0)


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog='make asvs ARGS="…"',
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--last", action="store_true", help="run no tests")
    what.add_argument("--total", action="store_true", help="the same in one line")
    what.add_argument("--missing", action="store_true", help="what has no passing test")
    what.add_argument(
        "--of", metavar="ID", help="the tests that prove it, such as 6.2.1"
    )
    what.add_argument("--write", action="store_true", help="write docs/asvs.md anew")
    return parser.parse_args()


def run_marked() -> bool:
    """Run the tests that are marked, and no others; say whether any failed."""
    shutil.rmtree(ROOT / FOLDER, ignore_errors=True)
    python = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "asvs"], cwd=ROOT, check=False
    )
    web = subprocess.run(
        ["npm", "run", "--silent", "test", "--", "-t", r"\[asvs"],
        cwd=ROOT / "web",
        check=False,
    )
    return bool(python.returncode or web.returncode)


def print_chapters(coverage: Coverage) -> None:
    """Show each chapter, each level, and all."""
    for chapter, about in CHAPTERS.items():
        print(line(f"V{chapter} {about}", coverage.of(*COUNTED, chapter=chapter)))
    print()
    for level in COUNTED:
        print(line(f"level {level}", coverage.of(level)))
    print(line("both", coverage.of(*COUNTED)))
    print()
    print_total(coverage)


def line(title: str, count: Count) -> str:
    """Show a bar and its numbers."""
    if not count.applicable:
        return f"  {title:30} {'does not apply':{WIDTH}} {count.total:>15}"
    filled = "█" * (WIDTH * count.proved // count.applicable)
    numbers = f"{count.proved:>4} / {count.applicable:<3}"
    return f"  {title:30} {filled:░<{WIDTH}} {numbers} {count.percent:>3} %"


def print_total(coverage: Coverage) -> None:
    """Say it in one line."""
    both = coverage.of(*COUNTED)
    print(
        f"OWASP ASVS 5.0.0: passing tests prove {both.proved} of the {both.applicable} "
        f"requirements of levels 1 and 2 that apply ({both.percent} %); "
        f"{both.total - both.applicable} of {both.total} do not."
    )


def print_proofs(catalogue: Catalogue, findings: list[Finding], name: str) -> None:
    """Show the tests of a requirement."""
    if name not in catalogue.levels:
        sys.exit(f"ASVS 5.0.0 has no requirement {name!r}; ids look like 6.2.1.")
    print(f"{name} is of level {catalogue.levels[name]}.")
    if name in catalogue.reasons:
        print(f"It does not apply: {catalogue.reasons[name]}")
    tests = [finding for finding in findings if name in finding.ids]
    for finding in sorted(tests, key=lambda finding: finding.test):
        print(f"  {finding.outcome:8} {finding.test}")
    if not tests:
        print("No test that ran is marked with it.")


if __name__ == "__main__":
    main()
