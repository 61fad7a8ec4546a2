"""
The replicas of a service, the near ones first.

networking/core/loadbalancer/loadbalancer.go. A service's replicas of one locality, and
of one rank, make a group; Envoy asks the groups of a rank only when the ranks before it
have too few that are well.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from deploy.mesh.cluster import Instance, Locality, Workload
from deploy.mesh.envoy.typed import Config, address
from deploy.mesh.kinds.destinations import Distribute, Failover, LocalitySetting

REGION = "topology.kubernetes.io/region"
ZONE = "topology.kubernetes.io/zone"


@dataclass(frozen=True, slots=True)
class Replica:
    """One replica, as a caller sees it."""

    address: str
    labels: Mapping[str, str]
    locality: Locality
    rank: int = 0


def replica(workload: Workload, instance: Instance, target: str = "") -> Replica:
    """Describe an instance; its labels say where it is, as Istio adds it to them."""
    where = instance.locality
    placed = {REGION: where.region, ZONE: where.zone}
    return Replica(target, {**workload.labels_of(instance), **placed}, where)


def groups(
    replicas: Sequence[Replica],
    caller: Replica,
    setting: LocalitySetting,
    *,
    fails_over: bool,
) -> list[Config]:
    """
    Group replicas by locality and rank.

    Ranks are given only with outlier detection: without it nobody would ever be left
    out, and no other rank be asked (LocalityLBSettings.ApplyToCluster).
    """
    found = [*replicas]
    shares: Mapping[Locality, int] = {}
    if setting.enabled and setting.distribute:
        shares = shared(found, caller, setting.distribute)
        found = [each for each in found if each.locality in shares]
    elif setting.enabled and fails_over:
        if setting.failover_priority:
            found = by_labels(found, caller, setting.failover_priority)
        if setting.failover or not setting.failover_priority:
            found = by_locality(found, caller, setting.failover)
        found = without_gaps(found)
    keys = sorted({(each.rank, key(each.locality)) for each in found})
    return [
        group(
            [each for each in found if (each.rank, key(each.locality)) == one], shares
        )
        for one in keys
    ]


def key(locality: Locality) -> tuple[str, str, str]:
    """Order localities."""
    return locality.region, locality.zone, locality.sub_zone


def group(replicas: Sequence[Replica], shares: Mapping[Locality, int]) -> Config:
    """Write one group; it gets calls for each of its replicas."""
    first = replicas[0]
    return {
        "locality": {
            "region": first.locality.region,
            "zone": first.locality.zone,
            "sub_zone": first.locality.sub_zone,
        },
        "priority": first.rank,
        "load_balancing_weight": shares.get(first.locality, len(replicas)),
        "lb_endpoints": [
            {"endpoint": {"address": address(each.address)}} for each in replicas
        ],
    }


def by_labels(
    replicas: Sequence[Replica], caller: Replica, labels: Sequence[str]
) -> list[Replica]:
    """
    Rank replicas by how many labels they share with the caller, from the first on.

    applyFailoverPriorityPerLocality. `label=value` compares with that value instead.
    """
    found = []
    for each in replicas:
        rank = 0
        for number, label in enumerate(labels):
            name, given, value = label.partition("=")
            wanted = value if given else caller.labels.get(name)
            if each.labels.get(name) != wanted:
                rank = len(labels) - number
                break
        found.append(replace(each, rank=rank))
    return found


def by_locality(
    replicas: Sequence[Replica], caller: Replica, failover: Sequence[Failover]
) -> list[Replica]:
    """Rank replicas by how near they are (applyLocalityFailover, util.LbPriority)."""
    here = caller.locality
    chosen = next((each.to for each in failover if each.origin == here.region), None)
    found = []
    for each in replicas:
        there = each.locality
        if there == here:
            rank = 0
        elif (there.region, there.zone) == (here.region, here.zone):
            rank = 1
        elif there.region == here.region:
            rank = 2
        else:
            rank = 3 if chosen in (None, there.region) else 4
        found.append(replace(each, rank=each.rank * 5 + rank))
    return found


def without_gaps(replicas: Sequence[Replica]) -> list[Replica]:
    """Number the ranks from 0 on: Envoy takes no gaps."""
    ranks = sorted({each.rank for each in replicas})
    return [replace(each, rank=ranks.index(each.rank)) for each in replicas]


def shared(
    replicas: Sequence[Replica], caller: Replica, distribute: Sequence[Distribute]
) -> Mapping[Locality, int]:
    """Share calls out between localities (applyLocalityWeights)."""
    for each in distribute:
        if not within(caller.locality, each.origin):
            continue
        found: dict[Locality, int] = {}
        for pattern, weight in each.to.items():
            counts: dict[Locality, int] = {}
            for one in replicas:
                if one.locality not in found and within(one.locality, pattern):
                    counts[one.locality] = counts.get(one.locality, 0) + 1
            total = sum(counts.values())
            for locality, count in counts.items():
                found[locality] = ceil(count * weight / total)
        return found
    # Nobody says how: each locality gets calls for each of its replicas.
    return Counter(each.locality for each in replicas)


def within(locality: Locality, pattern: str) -> bool:
    """Tell whether a locality is in `region/zone/*` (util.LocalityMatch)."""
    for part, wanted in zip(key(locality), pattern.split("/"), strict=False):
        if wanted == "*":
            return True
        if part != wanted:
            return False
    return True
