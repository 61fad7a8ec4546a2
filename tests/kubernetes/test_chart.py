"""The chart is what the manifests make, and its values stand where they should."""

import json

import jsonschema
import pytest
import yaml

from tools.kubernetes import chart
from tools.kubernetes.chart_values import (
    ENABLED,
    OPTIONAL,
    VALUES,
    Value,
    defaults,
    is_of,
    put,
    written,
)
from tools.kubernetes.manifests import Manifest


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The chart as it would be written now."""
    return chart.files()


def test_the_chart_is_the_one_that_the_manifests_make(made: dict[str, str]) -> None:
    stands = {
        str(file.relative_to(chart.FOLDER)): file.read_text()
        for file in chart.FOLDER.rglob("*")
        if file.is_file()
    }

    assert stands == made


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.name)
def test_a_value_stands_in_the_chart(
    value: Value, made: dict[str, str], production: list[Manifest]
) -> None:
    templates = "".join(text for name, text in made.items() if "templates" in name)

    assert f"{{{{ .Values.{value.name} | toJson }}}}" in templates
    assert any(is_of(value, manifest) for manifest in production)


def test_every_component_that_is_optional_can_be_left_out(made: dict[str, str]) -> None:
    for component, name in OPTIONAL.items():
        text = made[f"templates/{component}.yaml"]
        assert text.count(f"{{{{- if .Values.{name}.enabled }}}}") == 1
    assert set(OPTIONAL.values()) == ENABLED.keys()


def test_what_holds_data_outlives_the_release(made: dict[str, str]) -> None:
    for name, kind in (
        ("data", "Namespace"),
        ("postgres", "Cluster"),
        ("redis", "RedisReplication"),
        ("milvus", "Milvus"),
    ):
        (found,) = (
            each
            for each in made[f"templates/{name}.yaml"].split("---\n")
            if f"\nkind: {kind}\n" in f"\n{each}"
        )
        assert "helm.sh/resource-policy: keep" in found


def test_what_is_not_for_helm_is_kept_from_it() -> None:
    assert written("say: '{{ .password }}'") == "say: '{{ `{{ .password }}` }}'"


def test_a_value_of_two_places_has_to_be_the_same_in_both() -> None:
    found = {"images": {"services": "a:1"}}

    with pytest.raises(ValueError, match=r"images.services is b:1 in one place"):
        put(found, "images.services", "b:1")


def test_the_defaults_are_what_their_schema_takes(
    made: dict[str, str], production: list[Manifest]
) -> None:
    schema = json.loads(made["values.schema.json"])
    values = yaml.safe_load(made["values.yaml"])

    jsonschema.validate(values, schema)
    assert values == defaults(production)


@pytest.mark.parametrize(
    ("name", "value"),
    [("imges", {}), ("places", {"redys": "x"}), ("replicas", {"chat": {"least": "3"}})],
)
def test_a_value_that_there_is_not_is_refused(
    name: str, value: object, made: dict[str, str]
) -> None:
    schema = json.loads(made["values.schema.json"])

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({name: value}, schema)


def test_a_service_may_be_given_any_setting_more(made: dict[str, str]) -> None:
    schema = json.loads(made["values.schema.json"])

    jsonschema.validate({"environment": {"chat": {"CHAT_TITLES": "false"}}}, schema)
