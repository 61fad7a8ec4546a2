"""Two regions share nothing that either could spoil, and lose no more than they say."""

import pytest

from tools.kubernetes.manifests import ROOT, Manifest, find, of_kind, overlay
from tools.kubernetes.rules import stores

REGIONS = ("two-regions/primary", "two-regions/standby", "two-regions/promoted")


@pytest.mark.parametrize("name", ["standby", "promoted"])
def test_two_regions_write_to_no_place_of_each_other(name: str) -> None:
    primary, other = overlay("two-regions/primary"), overlay(f"two-regions/{name}")

    assert list(stores.shared(primary, other)) == []
    assert len(set(stores.written(other))) == 4


def test_a_bucket_or_a_key_of_two_regions_is_found(production: list[Manifest]) -> None:
    assert list(stores.shared(overlay("two-regions/primary"), production)) == [
        "s3://parley-backups/postgres",
        "s3://parley-milvus",
        "the key parley/backups",
        "the key parley/milvus-bucket",
    ]


@pytest.mark.parametrize("name", REGIONS)
def test_the_log_of_changes_leaves_each_region_as_often_as_people_are_told(
    name: str,
) -> None:
    told = (ROOT / "docs/operations/regions.md").read_text()
    cluster = find(overlay(name), "Cluster", "postgres")

    assert cluster["spec"]["postgresql"]["parameters"]["archive_timeout"] == "60s"
    assert "at least every 60 seconds" in told


@pytest.mark.parametrize("name", REGIONS)
def test_people_are_told_of_every_key_that_a_region_needs(name: str) -> None:
    told = (ROOT / "docs/operations/regions.md").read_text()

    for secret in of_kind(overlay(name), "ExternalSecret"):
        for each in secret["spec"].get("data", []):
            key = each["remoteRef"]["key"]
            assert "back" not in key or f"`{key}`" in told


@pytest.mark.parametrize("part", ["edge", "auth", "chat", "llm"])
def test_in_production_a_zone_that_is_lost_takes_no_part_along(part: str) -> None:
    spec = find(overlay("production"), "Deployment", part)["spec"]["template"]["spec"]
    zones = spec["topologySpreadConstraints"][0]

    assert zones["topologyKey"] == "topology.kubernetes.io/zone"
    assert zones["whenUnsatisfiable"] == "DoNotSchedule"
    assert zones["nodeTaintsPolicy"] == "Honor"
