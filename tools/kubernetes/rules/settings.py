"""Variables, secrets and files are those that the services read."""

import re
from collections.abc import Iterator, Mapping

from pydantic_settings import BaseSettings

from deploy.images.edge import Container
from services.auth.settings import Settings as Auth
from services.chat.settings import Settings as Chat
from services.llm.settings import Settings as Llm
from tools.kubernetes.manifests import (
    Manifest,
    Manifests,
    containers,
    find,
    of_kind,
    pods,
    variables,
)

SETTINGS: Mapping[str, type[BaseSettings]] = {"auth": Auth, "chat": Chat, "llm": Llm}
EDGE = frozenset(f"EDGE_{name}".upper() for name in Container.__slots__)
WEB = frozenset({"HOST", "PORT"})
# What others give the ones above by `$(…)`, and what libraries read.
BESIDES = {
    *("POSTGRES", "POSTGRES_PASSWORD", "POSTGRES_TLS"),
    *("REDIS", "REDIS_PASSWORD", "REDIS_SCHEME"),
}
LIBRARIES = ("OTEL_", "PGOPTIONS")
REFERENCE = re.compile(r"\$\((\w+)\)")


def names_of(settings: type[BaseSettings]) -> dict[str, bool]:
    """Return the variables that settings are read from, and whether one has to be."""
    prefix = str(settings.model_config.get("env_prefix", ""))
    return {
        str(field.validation_alias or f"{prefix}{name}".upper()): field.is_required()
        for name, field in settings.model_fields.items()
    }


def settings(manifests: Manifests) -> Iterator[str]:
    """Every setting that a service needs is given, and none that it does not know."""
    for part, model in SETTINGS.items():
        (container,) = pod_of(manifests, part)["containers"]
        known, given = names_of(model), variables(container)
        for name, required in known.items():
            if required and name not in given:
                yield f"{part}: {name} is missing"
        for name in given.keys() - known.keys() - BESIDES:
            if not name.startswith(LIBRARIES):
                yield f"{part}: {name} is no setting of it"
    for part, expected in (("edge", EDGE), ("web", WEB)):
        (container,) = pod_of(manifests, part)["containers"]
        for name in variables(container).keys() - expected:
            yield f"{part}: {name} is no setting of it"


def references(manifests: Manifests) -> Iterator[str]:
    """`$(NAME)` is replaced only if NAME stands before it."""
    for owner, pod in pods(manifests):
        for container in containers(pod):
            before = set[str]()
            for variable in container.get("env", []):
                for name in REFERENCE.findall(variable.get("value", "")):
                    if name not in before:
                        where = f"{owner['metadata']['name']}, {container['name']}"
                        yield f"{where}: $({name}) in {variable['name']} is nothing"
                before.add(variable["name"])


def replica_names(manifests: Manifests) -> Iterator[str]:
    """Each process of chat has a name that no other has: that of its pod."""
    (container,) = pod_of(manifests, "chat")["containers"]
    expected = {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}
    given = variables(container).get("CHAT_REPLICA_NAME")
    if given not in (expected, {"fieldRef": {"fieldPath": "metadata.name"}}):
        yield f"chat: CHAT_REPLICA_NAME is {given}: two processes would share it"


def config_maps(manifests: Manifests) -> Iterator[str]:
    """Every key that is read from a ConfigMap is there."""
    data = {
        found["metadata"]["name"]: found.get("data", {})
        for found in of_kind(manifests, "ConfigMap")
    }
    for owner, pod in pods(manifests):
        where = owner["metadata"]["name"]
        for volume in pod.get("volumes", []):
            if (source := volume.get("configMap")) and source["name"] not in data:
                yield f"{where}: there is no ConfigMap {source['name']}"
        for container in containers(pod):
            for name, value in variables(container).items():
                wanted = isinstance(value, dict) and value.get("configMapKeyRef")
                if wanted and wanted["key"] not in data.get(wanted["name"], {}):
                    yield f"{where}: {name} wants {wanted['key']} of {wanted['name']}"


def secret_keys(manifests: Manifests) -> Iterator[tuple[str, str]]:
    """Name every key of a Secret that a pod cannot do without."""
    for _, pod in pods(manifests):
        for volume in pod.get("volumes", []):
            if source := volume.get("secret"):
                for item in source["items"]:
                    yield source["secretName"], item["key"]
        for container in containers(pod):
            for value in variables(container).values():
                wanted = isinstance(value, dict) and value.get("secretKeyRef")
                if wanted and not wanted.get("optional"):
                    yield wanted["name"], wanted["key"]


def secrets(manifests: Manifests) -> Iterator[str]:
    """Every secret that a pod needs is fetched, where secrets are fetched at all."""
    fetched = {
        found["metadata"]["name"]: {
            each["secretKey"] for each in found["spec"].get("data", [])
        }
        for found in of_kind(manifests, "ExternalSecret")
        if found["metadata"]["namespace"] == "parley"
    }
    if not fetched:
        return
    for name, key in sorted(set(secret_keys(manifests))):
        if key not in fetched.get(name, set()):
            yield f"nobody fetches {key} of the Secret {name}"


def files(manifests: Manifests) -> Iterator[str]:
    """A setting that names a file names one that is mounted."""
    for part in SETTINGS:
        pod = pod_of(manifests, part)
        (container,) = pod["containers"]
        mounted = set(mounted_files(manifests, pod, container))
        for name, value in variables(container).items():
            if name.endswith("_FILE") and value not in mounted:
                yield f"{part}: {name} is {value}, where there is no file"


def mounted_files(
    manifests: Manifests, pod: Manifest, container: Manifest
) -> Iterator[str]:
    """Name the files that a container has of secrets and ConfigMaps."""
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    for mount in container["volumeMounts"]:
        volume = volumes[mount["name"]]
        names = [item["path"] for item in volume.get("secret", {}).get("items", [])]
        if source := volume.get("configMap"):
            names += find(manifests, "ConfigMap", source["name"])["data"]
        for name in names:
            yield f"{mount['mountPath']}/{name}"


def pod_of(manifests: Manifests, part: str) -> Manifest:
    """Return the spec of a part's pods."""
    pod: Manifest = find(manifests, "Deployment", part)["spec"]["template"]["spec"]
    return pod
