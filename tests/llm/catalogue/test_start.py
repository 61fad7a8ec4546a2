"""llm does not start with a file that is wrong, and says where it is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.state import ROOT

MODELS = "providers:\n  - name: main\n    type: openay\n"
RULES = "use:\n  - rule: nothing\n"


@pytest.mark.parametrize(
    ("variable", "text", "place"),
    [
        ("LLM_MODELS_FILE", MODELS, "line 3, providers[0].type: Input should be"),
        ("LLM_RULES_FILE", RULES, "line 2, use[0].rule: no such rule; there are: api"),
    ],
)
def test_a_file_that_is_wrong_is_named_at_the_start(
    tmp_path: Path, variable: str, text: str, place: str
):
    path = tmp_path / "file.yaml"
    path.write_text(text)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}:{ROOT / 'gen/python'}",
        "LLM_DATABASE_URL": "postgresql://none",
        "LLM_REDIS_URL": "redis://none",
        "LLM_AUTH_ADDRESS": "none:1",
        variable: str(path),
    }

    ended = subprocess.run(
        [sys.executable, "-m", "services.llm"],
        env=environment,
        stderr=subprocess.PIPE,
        check=False,
        text=True,
        timeout=60,
    )

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"{variable}: ")
    assert f"{path}, {place}" in ended.stderr
