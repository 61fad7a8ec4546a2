"""Run every check of `deploy/kubernetes/` and its images, and name those that fail."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from tools.kubernetes import chart, schemas
from tools.kubernetes.besides import BESIDES, text_of_beside
from tools.kubernetes.manifests import FOLDER, OVERLAYS, ROOT, read, text_of
from tools.kubernetes.rules import findings, stores

CACHE = ROOT / ".cache"


class Skipped(Exception):
    """A check could not be run, and why."""


Check = Callable[[], Iterator[str]]


def builds() -> Iterator[str]:
    """Kustomize builds every environment, and every component."""
    for name, text in environments().items():
        if not read(text):
            yield f"{name} is empty"


@lru_cache
def environments() -> dict[str, str]:
    """Build all of them."""
    return {
        **{name: text_of(FOLDER / "overlays" / name) for name in OVERLAYS},
        **{name: text_of_beside(name) for name in BESIDES},
    }


def rules() -> Iterator[str]:
    """Every environment keeps to the house rules."""
    for name in (*OVERLAYS, "postgres-pooler"):
        for problem in findings(read(environments()[name])):
            yield f"{name}: {problem}"


def regions() -> Iterator[str]:
    """Two regions write to no bucket, and with no key, of each other."""
    primary = read(environments()["two-regions/primary"])
    for name in ("two-regions/standby", "two-regions/promoted"):
        for place in stores.shared(primary, read(environments()[name])):
            yield f"{name} and two-regions/primary share {place}"


def strictly() -> Iterator[str]:
    """No manifest has a field that Kubernetes does not know."""
    yield from judged({})


def of_operators() -> Iterator[str]:
    """Nor one that an operator does not know."""
    known = schemas.of_operators()
    yield from judged(known)
    unknown = {
        kind
        for text in environments().values()
        for kind in schemas.unknown(read(text), known)
    }
    print(f"    not known here: {', '.join(sorted(unknown))}")


def judged(known: dict[schemas.Kind, schemas.Schema]) -> Iterator[str]:
    """Say what the schemas find."""
    for name, text in environments().items():
        for problem in schemas.problems(read(text), known):
            yield f"{name}: {problem}"


def compose() -> Iterator[str]:
    """The compose file is one, by the schema of its specification."""
    validator = schemas.of_compose()
    found = yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text())
    for error in validator.iter_errors(found):
        yield f"{'.'.join(map(str, error.absolute_path))}: {error.message[:300]}"


def chart_is_current() -> Iterator[str]:
    """The chart is the one that these manifests make."""
    for name, text in chart.files().items():
        file = chart.FOLDER / name
        if not file.exists() or file.read_text() != text:
            yield f"{file.relative_to(ROOT)} is not current: make chart"
    for file in chart.strangers():
        yield f"{file.relative_to(ROOT)} comes from nothing"


def helm() -> Iterator[str]:
    """With its defaults the chart is production, and with those of staging that."""
    yield from chart.differences(helm_program())


def helm_program() -> str:
    """Return Helm: one that is installed, or one that Go builds."""
    if found := shutil.which("helm"):
        return found
    if not shutil.which("go"):
        raise Skipped("neither Helm nor Go is installed")
    program = CACHE / "helm/helm"
    if not program.exists():
        folder = ROOT / "tools/kubernetes/helm"
        command = ["go", "build", "-o", str(program), "helm.sh/helm/v4/cmd/helm"]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Skipped(f"Go cannot build Helm: {done.stderr.strip()[-300:]}")
    return str(program)


def checkov() -> Iterator[str]:
    """Nothing is loose that .checkov.yaml gives no reason for."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "production.yaml"
        file.write_text(environments()["production"])
        for target in (
            ["--framework", "kubernetes", "--file", str(file)],
            ["--framework", "dockerfile", "--directory", str(ROOT / "deploy/images")],
        ):
            config = ["--config-file", str(ROOT / ".checkov.yaml"), "--output", "json"]
            done = run([tool("checkov", "checkov"), *target, *config])
            found = json.loads(done.stdout)
            for each in found.get("results", {}).get("failed_checks", []):
                yield f"{each['check_id']} {each['resource']}: {each['check_name']}"
            if not found.get("summary", found).get("passed"):
                yield f"nothing was checked: {done.stdout[:200]} {done.stderr[-500:]}"


def hadolint() -> Iterator[str]:
    """Dockerfiles are as they should be."""
    files = sorted(map(str, (ROOT / "deploy/images").glob("*.Dockerfile")))
    config = ["--config", str(ROOT / ".hadolint.yaml"), "--no-color"]
    done = run([tool("kubernetes", "hadolint"), *config, *files])
    yield from done.stdout.splitlines()
    if done.returncode and not done.stdout:
        yield done.stderr


def tool(environment: str, name: str) -> str:
    """Name a program of one of the environments that `make kube-check` sets up."""
    program = CACHE / environment / "bin" / name
    if not program.exists():
        raise Skipped(f"{program.relative_to(ROOT)} is missing: make kube-check")
    return str(program)


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a program that may find something."""
    environment = {**os.environ, "NO_COLOR": "1"}
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment
    )


CHECKS: dict[str, Check] = {
    "kustomize build": builds,
    "house rules": rules,
    "regions": regions,
    "schemas of Kubernetes": strictly,
    "schemas of operators": of_operators,
    "chart is current": chart_is_current,
    "helm template": helm,
    "checkov": checkov,
    "hadolint": hadolint,
    "compose": compose,
}


def main() -> None:
    """Run all checks, however many fail."""
    failed = []
    for name, check in CHECKS.items():
        try:
            found = list(check())
        except (Skipped, schemas.Missing) as reason:
            print(f"  - {name}: skipped, because {reason}", flush=True)
            continue
        print(f"  {'✗' if found else '✓'} {name}", flush=True)
        if found:
            failed.append(name)
            print("\n".join(f"    {problem}" for problem in found))
    if failed:
        sys.exit(f"kube-check failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
