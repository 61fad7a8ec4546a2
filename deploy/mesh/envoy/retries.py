"""What is asked again (networking/core/route/retry/retry.go)."""

from deploy.mesh.envoy.typed import Config, typed
from deploy.mesh.kinds.base import seconds
from deploy.mesh.kinds.routes import Retries

# Where nobody says what.
RETRY_ON = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes"
INBOUND_RETRY_ON = "reset-before-request"
# Where nobody says anything: twice.
DEFAULT = Retries(attempts=2)
PREVIOUS_HOSTS = typed(
    "envoy.retry_host_predicates.previous_hosts",
    "extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
)

PREVIOUS_PRIORITIES = typed(
    "envoy.retry_priorities.previous_priorities",
    "extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig",
    update_frequency=2,
)


def retries(asked: Retries | None) -> Config:
    """Write what is asked again, of another replica if there is one (ConvertPolicy)."""
    asked = asked or DEFAULT
    if asked.attempts <= 0:
        return {}
    conditions, codes = retry_on(asked.retry_on or RETRY_ON)
    policy: Config = {
        "retry_on": conditions,
        "num_retries": asked.attempts,
        "host_selection_retry_max_attempts": 5,
    }
    if codes:
        policy["retriable_status_codes"] = codes
    if asked.retry_ignore_previous_hosts is not False:
        policy["retry_host_predicate"] = [PREVIOUS_HOSTS]
    if asked.retry_remote_localities:
        policy["retry_priority"] = PREVIOUS_PRIORITIES
    if asked.per_try_timeout:
        policy["per_try_timeout"] = seconds(asked.per_try_timeout)
    if asked.backoff:
        policy["retry_back_off"] = {"base_interval": seconds(asked.backoff)}
    return {"retry_policy": policy}


def inbound_retries(asked: Retries | None) -> Config:
    """
    Write what a sidecar asks its own service again (ConvertInboundPolicy).

    Nothing that the service may have seen: a connection that it closed meanwhile.
    """
    asked = asked or DEFAULT
    if asked.attempts <= 0:
        return {}
    conditions, codes = retry_on(asked.retry_on or INBOUND_RETRY_ON)
    policy: Config = {"retry_on": conditions, "num_retries": asked.attempts}
    if codes:
        policy["retriable_status_codes"] = codes
    if asked.backoff:
        policy["retry_back_off"] = {"base_interval": seconds(asked.backoff)}
    return {"retry_policy": policy}


def retry_on(written: str) -> tuple[str, list[int]]:
    """Tell conditions from HTTP status codes (parseRetryOn)."""
    parts = [part.strip() for part in written.split(",")]
    codes = [int(part) for part in parts if part.isdecimal()]
    names = [part for part in parts if part and not part.isdecimal()]
    if codes and "retriable-status-codes" not in names:
        names.append("retriable-status-codes")
    return ",".join(names), codes
