"""
Generate code from `proto/`: Python, TypeScript and the edge's descriptors.

`python -m tools.generate` writes; `--check` writes elsewhere and compares, so that
CI fails when somebody edited the protos or the generated code alone.
"""

import argparse
import filecmp
import shutil
import sys
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory

from grpc_tools import protoc

ROOT = Path(__file__).parents[1]
OURS = ROOT / "proto"
THEIRS = ROOT / ".cache/proto"
ES_PLUGIN = ROOT / "web/node_modules/.bin/protoc-gen-es"

# Imported by our protos, so generated for TypeScript too (Python has the package).
ANNOTATIONS = [
    "google/api/annotations.proto",
    "google/api/field_behavior.proto",
    "google/api/http.proto",
    "google/api/httpbody.proto",
]
# Not imported, but the edge needs them to write error details as JSON.
DETAILS = ["google/rpc/error_details.proto", "google/rpc/status.proto"]
OUTPUTS = ["gen/python", "gen/parley.binpb", "web/src/gen"]


def collect_dependencies() -> None:
    """Copy the third-party protos out of the installed packages."""
    for name in [*ANNOTATIONS, *DETAILS]:
        package, _, file = name.rpartition("/")
        target = THEIRS / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with as_file(files(package.replace("/", ".")) / file) as source:
            shutil.copyfile(source, target)


def run(*arguments: str) -> None:
    """Call protoc, and end with its message when it fails."""
    with as_file(files("grpc_tools") / "_proto") as well_known:
        includes = [f"-I{path}" for path in (OURS, THEIRS, well_known)]
        if protoc.main(["protoc", *includes, *arguments]):
            sys.exit("protoc failed: see above")


def generate(into: Path) -> None:
    """Write every output under `into`, replacing what is there."""
    python, descriptors, typescript = (into / output for output in OUTPUTS)
    for folder in (python, typescript):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    sources = sorted(str(path.relative_to(OURS)) for path in OURS.rglob("*.proto"))
    bin_folder = Path(sys.executable).parent
    run(
        f"--plugin=protoc-gen-mypy={bin_folder}/protoc-gen-mypy",
        f"--plugin=protoc-gen-mypy_grpc={bin_folder}/protoc-gen-mypy_grpc",
        f"--python_out={python}",
        f"--grpc_python_out={python}",
        f"--mypy_out=quiet:{python}",
        f"--mypy_grpc_out=quiet:{python}",
        *sources,
    )
    run(
        "--include_imports",
        f"--descriptor_set_out={descriptors}",
        *sources,
        *DETAILS,
    )
    run(
        f"--plugin=protoc-gen-es={ES_PLUGIN}",
        f"--es_out={typescript}",
        "--es_opt=target=ts",
        *sources,
        *ANNOTATIONS,
    )


def differences(left: Path, right: Path) -> list[str]:
    """Name the files that differ or exist on one side only."""
    if left.is_file() or right.is_file():
        same = left.is_file() and right.is_file() and filecmp.cmp(left, right, False)
        return [] if same else [str(right)]
    names = {
        path.relative_to(side)
        for side in (left, right)
        for path in side.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return [
        str(right / name)
        for name in sorted(names)
        if not (left / name).is_file()
        or not (right / name).is_file()
        or not filecmp.cmp(left / name, right / name, False)
    ]


def main() -> None:
    """Generate, or compare with what is committed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    collect_dependencies()
    if not arguments.check:
        generate(ROOT)
        return
    with TemporaryDirectory() as folder:
        generate(Path(folder))
        found = [
            difference
            for output in OUTPUTS
            for difference in differences(Path(folder) / output, ROOT / output)
        ]
    if found:
        sys.exit("not what proto/ says (run `make generate`):\n" + "\n".join(found))


if __name__ == "__main__":
    main()
