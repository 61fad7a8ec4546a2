"""
House rules of the manifests.

A rule reads the manifests of one environment, and says what is wrong with them.
"""

from collections.abc import Callable, Iterator, Mapping

from tools.kubernetes.manifests import Manifests
from tools.kubernetes.rules import network, pods, scaling, settings, stores

Rule = Callable[[Manifests], Iterator[str]]

RULES: Mapping[str, Rule] = {
    "confined": pods.confined,
    "bounded": pods.bounded,
    "graces": pods.graces,
    "rollouts": pods.rollouts,
    "probes": pods.probes,
    "identities": pods.identities,
    "spread": pods.spread,
    "images": pods.images,
    "settings": settings.settings,
    "references": settings.references,
    "replica-names": settings.replica_names,
    "config-maps": settings.config_maps,
    "secrets": settings.secrets,
    "files": settings.files,
    "policies": network.policies,
    "surroundings": network.surroundings,
    "default-deny": network.default_deny,
    "ports": network.ports,
    "addresses": network.addresses,
    "places": network.places,
    "operators": stores.operators,
    "autoscalers": scaling.autoscalers,
    "metrics": scaling.metrics,
    "budgets": scaling.budgets,
    "connections": scaling.connections,
    "memory": scaling.memory,
}


def findings(manifests: Manifests) -> Iterator[str]:
    """Say what all rules find."""
    for name, rule in RULES.items():
        for problem in rule(manifests):
            yield f"{name}: {problem}"
