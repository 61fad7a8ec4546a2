"""AuthorizationPolicy: who may call what."""

from typing import Literal

from pydantic import Field

from deploy.mesh.kinds.base import Part, Selector


class Source(Part):
    """From whom a request comes. Addresses are refused: here, all are the machine's."""

    principals: list[str] = []
    not_principals: list[str] = []
    request_principals: list[str] = []
    not_request_principals: list[str] = []
    namespaces: list[str] = []
    not_namespaces: list[str] = []


class From(Part):
    """One of the sources of a rule."""

    source: Source


class Operation(Part):
    """What a request asks for."""

    hosts: list[str] = []
    not_hosts: list[str] = []
    ports: list[str] = []
    not_ports: list[str] = []
    methods: list[str] = []
    not_methods: list[str] = []
    paths: list[str] = []
    not_paths: list[str] = []


class To(Part):
    """One of the operations of a rule."""

    operation: Operation


class Condition(Part):
    """Something else that has to hold, such as a claim of the token."""

    key: str
    values: list[str] = []
    not_values: list[str] = []


class Rule(Part):
    """Any of these sources, any of these operations, all of these conditions."""

    sources: list[From] = Field(default=[], alias="from")
    to: list[To] = []
    when: list[Condition] = []


class TargetRef(Part):
    """A gateway that a policy is for."""

    group: Literal["gateway.networking.k8s.io"]
    kind: Literal["Gateway"]
    name: str


class AuthorizationPolicy(Part):
    """Rules for some workloads; a policy without rules matches nothing."""

    selector: Selector | None = None
    target_refs: list[TargetRef] = []
    action: Literal["ALLOW", "DENY"] = "ALLOW"
    rules: list[Rule] = []
