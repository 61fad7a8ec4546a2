"""The picture of the call graph says what the protos and the policy say."""

import pytest

from deploy.mesh.rpcs import rpcs
from tools.mesh_check.system import SERVICES
from tools.mesh_picture.__main__ import HERE, PICTURE, drawn
from tools.mesh_picture.content import calls, table

TEMPLATE = (HERE / "mesh.svg.j2").read_text()


def test_the_picture_is_current():
    assert PICTURE.read_text() == drawn(), "draw it anew: make mesh-picture"


@pytest.mark.parametrize("call", calls(), ids="-".join)
def test_each_edge_of_the_call_graph_is_in_it(call: tuple[str, str]):
    assert f"calls.{call[0]}_{call[1]}" in TEMPLATE


def test_each_method_is_counted_among_the_kinds_of_calls():
    counted = sum(row.methods for part in SERVICES for row in table(part))

    assert counted >= len(rpcs())
