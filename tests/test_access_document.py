"""`docs/access.md` says who may do what as the protos do."""

import pytest

from tests.kit.stated import STATED
from tools.access_document import published, tables


@pytest.mark.asvs("8.1.1", "8.1.2")
def test_the_document_says_what_the_protos_say():
    said = published()

    assert said == tables(), "write it anew: make generate"
    assert said.count("\n| ") > len(STATED)


@pytest.mark.asvs("8.1.1")
def test_every_method_that_there_is_has_a_line():
    said = published()

    for path in STATED:
        service, method = path.split(".")[-1].split("/")
        assert f"| {service}.{method} | " in said
