"""Telemetry's access logs, as Envoy writes them (networking/core/accesslog.go)."""

from collections.abc import Sequence

from deploy.mesh.cluster import Instance, Workload
from deploy.mesh.envoy.typed import Config, typed
from deploy.mesh.kinds.base import Refused
from deploy.mesh.kinds.config import FileAccessLog
from deploy.mesh.kinds.telemetry import Telemetry
from deploy.mesh.resources import Mesh, Resource

FORMATTERS = {
    "%REQ_WITHOUT_QUERY(": typed(
        "envoy.formatter.req_without_query",
        "extensions.formatter.req_without_query.v3.ReqWithoutQuery",
    )
}


def access_logs(mesh: Mesh, workload: Workload, instance: Instance) -> list[Config]:
    """Write the logs that a Telemetry names for a workload."""
    chosen = mesh.selecting(Telemetry, workload, instance)
    refuse_hidden(chosen)
    names = {
        provider.name
        for each in chosen
        for logging in each.spec.access_logging
        for provider in logging.providers
    }
    return [log(found(mesh, name)) for name in sorted(names)]


def refuse_hidden(chosen: Sequence[Resource[Telemetry]]) -> None:
    """
    Refuse a Telemetry that hides another.

    Istio reads one without a selector in a namespace, and one that selects the pod
    (model/telemetry.go: namespaceWideTelemetryConfig, applicableTelemetries).
    """
    seen: dict[tuple[str, bool], str] = {}
    for each in chosen:
        key = (each.namespace, each.spec.selector is None)
        if key in seen:
            raise Refused(
                f"{each.namespace}: of the Telemetries {seen[key]} and {each.name} "
                "Istio reads one"
            )
        seen[key] = each.name


def found(mesh: Mesh, name: str) -> FileAccessLog:
    """Find who is told of calls."""
    for provider in mesh.values.mesh_config.extension_providers:
        if provider.name == name and provider.envoy_file_access_log:
            return provider.envoy_file_access_log
    raise Refused(f"there is no provider {name!r} that writes a log of calls to a file")


def log(asked: FileAccessLog) -> Config:
    """
    Write a log: one line of JSON for each call.

    What Envoy knows by an extension alone is given to it (model/telemetry_logging.go).
    """
    return typed(
        "envoy.access_loggers.file",
        "extensions.access_loggers.file.v3.FileAccessLog",
        path=asked.path,
        log_format={
            "json_format": asked.log_format.labels,
            "omit_empty_values": asked.omit_empty_values,
            "formatters": [
                each
                for command, each in FORMATTERS.items()
                if any(command in text for text in asked.log_format.labels.values())
            ],
        },
    )
