"""`docs/access.md` says what Parley alone writes, as the protos do."""

import pytest

from tools.access_document import published, table


@pytest.mark.asvs("8.1.2")
def test_the_document_says_what_the_protos_say():
    said = published()

    assert said == table(), "write it anew: make generate"
    assert said.count("\n| ") > 20
