"""What is installed has sidecars or a waypoint."""

from tests.mesh.breaking import Breakage, assert_found, in_turn, set_to, take

RULE = "installations-are-whole"
BROKEN = [
    Breakage(
        "there is neither",
        "overlays/example/kustomization.yaml",
        (take("/components/0"),),
        "overlays/example",
    ),
    Breakage(
        "there are both",
        "overlays/ambient/kustomization.yaml",
        (set_to("/components/-", "../../components/sidecars"),),
        "overlays/ambient",
    ),
    Breakage(
        "a provider is outside, and no sidecar leads to it",
        "overlays/ambient/kustomization.yaml",
        (set_to("/components/-", "../../components/providers/openai"),),
        "overlays/ambient",
    ),
]


@in_turn(BROKEN)
def test_the_rule_finds_that(broken: Breakage) -> None:
    assert_found(broken, RULE)
