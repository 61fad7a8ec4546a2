"""What the mark makes of a run of tests."""

from pathlib import Path

import pytest

from tools.asvs.findings import FOLDER, Finding, proved, read

MARKED = """\
import pytest

{tests}
"""


@pytest.fixture(autouse=True)
def only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load no other plugin into the runs, which makes them quick."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester: pytest.Pytester, tests: str, *arguments: str) -> pytest.RunResult:
    """Run tests in a folder of their own."""
    pytester.makeini("[pytest]\nmarkers = asvs(*ids)\naddopts = --strict-markers")
    pytester.makepyfile(MARKED.format(tests=tests))
    return pytester.runpytest_inprocess("-p", "tests.asvs.plugin", *arguments)


def found(pytester: pytest.Pytester) -> list[Finding]:
    """Read what was written."""
    return read(pytester.path / FOLDER)


def test_what_passed_proves_what_it_is_marked_with(pytester: pytest.Pytester):
    result = run(
        pytester,
        """
@pytest.mark.asvs("6.2.1", "6.2.9")
def test_a(): pass

@pytest.mark.asvs("6.2.1")
class TestThese:
    @pytest.mark.asvs("6.2.3")
    def test_b(self): pass

def test_without(): pass
""",
    )

    result.stdout.fnmatch_lines("ASVS 5.0.0: this run proves 3 of * requirements*")
    tests = {name: len(tests) for name, tests in proved(found(pytester)).items()}
    assert tests == {"6.2.1": 2, "6.2.9": 1, "6.2.3": 1}


@pytest.mark.parametrize(
    "other",
    [
        'def test_b(): raise ValueError("wrong")',
        "def test_b(broken): pass",
        "def test_b(broken_at_the_end): pass",
    ],
)
def test_nothing_is_proved_if_one_of_its_tests_fails(
    pytester: pytest.Pytester, other: str
):
    run(
        pytester,
        f"""
@pytest.fixture
def broken(): raise ValueError("before")

@pytest.fixture
def broken_at_the_end():
    yield
    raise ValueError("after")

@pytest.mark.asvs("6.2.1", "6.2.9")
def test_a(): pass

@pytest.mark.asvs("6.2.1")
{other}
""",
    )

    assert proved(found(pytester)).keys() == {"6.2.9"}


@pytest.mark.parametrize(
    "other",
    [
        '@pytest.mark.skip("not here")\ndef test_b(): pass',
        'def test_b(): pytest.skip("not now")',
        '@pytest.mark.xfail(reason="not yet")\ndef test_b(): raise ValueError("so")',
    ],
)
def test_what_is_skipped_proves_nothing_and_refutes_nothing(
    pytester: pytest.Pytester, other: str
):
    run(
        pytester,
        f"""
@pytest.mark.asvs("6.2.9")
def test_a(): pass

@pytest.mark.asvs("6.2.1", "6.2.9")
{other}
""",
    )

    assert proved(found(pytester)).keys() == {"6.2.9"}


def test_of_a_test_that_runs_again_the_last_outcome_counts(pytester: pytest.Pytester):
    test = '@pytest.mark.asvs("6.2.1")\ndef test_a(): assert {}'
    run(pytester, test.format("0"))
    assert not proved(found(pytester))

    run(pytester, test.format("100"))

    assert proved(found(pytester)).keys() == {"6.2.1"}


@pytest.mark.parametrize(
    ("wrong", "near"), [("6.2.99", "6.2.9"), ("V6.2.1", "6.2.1"), (6.2, '"6.2.1"')]
)
def test_an_id_that_nobody_knows_is_refused_before_anything_runs(
    pytester: pytest.Pytester, wrong: object, near: str
):
    result = run(
        pytester, f"@pytest.mark.asvs({wrong!r})\ndef test_a(): print('it began')", "-s"
    )

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = result.stderr.str()
    assert f"test_a is marked with {wrong!r}, which is no requirement" in said
    assert near in said
    result.stdout.no_fnmatch_line("*it began*")


def test_a_run_without_marks_says_and_writes_nothing(pytester: pytest.Pytester):
    result = run(pytester, "def test_a(): pass")

    result.stdout.no_fnmatch_line("*ASVS*")
    assert not (pytester.path / FOLDER).exists()


def test_marks_in_titles_of_web_tests_count(tmp_path: Path):
    (tmp_path / "web.json").write_text(
        """{"testResults": [{"name": "/elsewhere/a.test.ts", "assertionResults": [
            {"fullName": "links lead nowhere [asvs 1.2.2 3.2.2]", "status": "passed"},
            {"fullName": "text is text [asvs 1.2.1]", "status": "pending"},
            {"fullName": "not marked", "status": "passed"}]}]}"""
    )

    tests = proved(read(tmp_path))

    assert tests.keys() == {"1.2.2", "3.2.2"}
