"""
Changes that no check finds, and why.

`MEANS_THE_SAME` is no mistake: the mesh does the same, or something as good.
`ONLY_RUNNING` shows when calls are made, in a running mesh.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Excuse:
    """What it is about (an expression for a mutant's text), and why."""

    about: str
    why: str

    def covers(self, mutant: str) -> bool:
        """Tell whether it is about a mutant."""
        return re.search(self.about, mutant) is not None


MEANS_THE_SAME = (
    Excuse(r" metadata/name: ", "a name to which nothing refers"),
    Excuse(r"/(rules|http)/\d+/name: |\d+/value/name: ", "a route's name, for people"),
    Excuse(r" spec/ports/\d/name: ", "a port's name, for people"),
    Excuse(r"waypoint.yaml spec/listeners/0/name: ", "a listener's name, for people"),
    Excuse(r" spec/action: taken away", "ALLOW is the default"),
    Excuse(r"deny-by-default.yaml spec: taken away", "no rule is no rule"),
    Excuse(r"connectionPool/http/idleTimeout: taken away", "an hour is the default"),
    Excuse(
        r"egress/gateway.yaml spec/listeners/0/(tls/mode|allowedRoutes\S*): taken away",
        "Terminate and Same are the defaults",
    ),
    Excuse(r"value/0/group: taken away", "the core group is the default"),
    Excuse(r"accessLogFile: taken away", "no file is the default"),
    Excuse(r"omitEmptyValues", "empty fields are left out, or written as empty"),
    Excuse(
        r"tcpKeepalive/(time|interval): → '1s'|tcpKeepalive/probes: → 1$"
        r"|connectTimeout: → '1s'|Percentage: → 1$|percentage/value: → 1$"
        r"|attempts: → 1$|fixedDelay: → '1s'",
        "another value within the bounds of its rule",
    ),
    Excuse(
        r"(one-call-in-twenty|all-to-blue|a-tenth-of-what-reads"
        r"|who-asks-gets-the-preview|game-day/\S+).yaml \d+: taken away",
        "the patch's own test of what it patches; the patch itself is found",
    ),
    Excuse(
        r"game-day/\S+ \d/value/(abort|delay): taken away",
        "one of two faults is left: a day is as bad as its makers like",
    ),
    Excuse(r"/match/\d+/name: →", "a match's name, for people"),
    Excuse(r"/match/\d+/headers: → \{\}", "no header is asked for"),
    Excuse(
        r"retries/(backoff|retryOn|retryRemoteLocalities): →",
        "said where nothing is asked again (`attempts: 0`)",
    ),
    Excuse(r"spec/(selector|workloadSelector): → \{\}", "an empty selector is none"),
    Excuse(r"spec/infrastructure(/\w+)?: → \{\}", "nothing is said"),
    Excuse(r"providers/.*/h2UpgradePolicy: → 'UPGRADE'", "a provider may speak HTTP/2"),
    Excuse(r"providers/.*/tcpKeepalive: → \{\}", "nothing is said"),
    Excuse(r"'name': 'deny-by-default[a-z-]*-too'", "said twice"),
    Excuse(r"/http/\d+/match: → \[\{\}\]", "it matches everything already"),
    Excuse(r"/route/0/weight: → 1$", "one destination gets everything, always"),
    Excuse(
        r"'kind': '(AuthorizationPolicy|RequestAuthentication)'.*'spec': \{\}",
        "no rule is no rule; what nobody allows is refused already",
    ),
    Excuse(r"allowedRoutes/namespaces/selector: → \{\}", "read for `Selector` alone"),
    Excuse(r"overlays/\S+ components/\d: taken away", "an installation chooses"),
)
ONLY_RUNNING = (
    Excuse(
        r"certificateRefs/0/name: ",
        "the secret is made in the cluster; without it the listener says so in its "
        "status (`kubectl wait --for=condition=Programmed gateway/ingress`)",
    ),
)
