"""What all kinds have in common; a field that is not declared is refused by name."""

import re
from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

# As Go writes them: Istio's own examples say `5m` as well as `300s`.
SPANS = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")
UNITS = {"h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


class Refused(Exception):
    """The bench does not do what a file asks for."""


class Part(BaseModel):
    """A part of a resource."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)

    @classmethod
    def read(cls, place: str, written: Any, *, root: str = "spec") -> Self:
        """Read what a file says, or refuse it with the names of what is not done."""
        try:
            return cls.model_validate(written)
        except ValidationError as error:
            problems = [
                f"{place}: {path(root, each['loc'])}: {said(each['type'], each['msg'])}"
                for each in error.errors()
            ]
            raise Refused("\n".join(problems)) from None


def path(root: str, location: tuple[int | str, ...]) -> str:
    """Write where in a resource a field stands, as `spec.http[0].match`."""
    written = root
    for step in location:
        written += f"[{step}]" if isinstance(step, int) else f".{step}"
    return written.lstrip(".")


def said(kind: str, message: str) -> str:
    """Say what is wrong with a field."""
    if kind == "extra_forbidden":
        return "the bench does not implement this field"
    return f"the bench does not take this value ({message})"


def span(written: Any) -> Any:
    """Read a duration such as `1h30m`, `0s` or `1.5s`."""
    if not isinstance(written, str):
        raise ValueError("a duration is text, such as 30s")
    if SPANS.sub("", written) or not written:
        raise ValueError(f"{written!r} is no duration, such as 30s or 1h30m")
    seconds = sum(float(n) * UNITS[unit] for n, unit in SPANS.findall(written))
    return timedelta(seconds=seconds)


Duration = Annotated[timedelta, BeforeValidator(span)]


def one_host(written: str) -> str:
    """Refuse a name that stands for several: nothing here would be found by it."""
    if "*" in written:
        raise ValueError("a host with * is not implemented")
    return written


Host = Annotated[str, AfterValidator(one_host)]


def seconds(duration: timedelta) -> str:
    """Write a duration as Envoy reads it."""
    return f"{duration.total_seconds():.9f}".rstrip("0").rstrip(".") + "s"


class Annotations(Part):
    """What Istio is told beside; `istio.io/dry-run`, for one, is not implemented."""

    # As whom the pods run that Istio makes for a Gateway.
    account: str | None = Field(default=None, alias="gateway.istio.io/service-account")
    # What is made beside them, which the bench has none of: read, and left alone.
    service_type: str | None = Field(
        default=None, alias="networking.istio.io/service-type"
    )


class Metadata(Part):
    """Who a resource is."""

    name: str
    namespace: str
    labels: dict[str, str] = {}
    annotations: Annotations = Annotations()


class Selector(Part):
    """The workloads that a policy is for."""

    match_labels: dict[str, str] = {}

    def selects(self, labels: dict[str, str]) -> bool:
        """Tell whether these labels of a workload have all that are asked for."""
        return self.match_labels.items() <= labels.items()


class StringMatch(Part):
    """A text that has to be equal, begin with, or match (RE2, all of it)."""

    exact: str | None = None
    prefix: str | None = None
    regex: str | None = None

    @model_validator(mode="after")
    def just_one(self) -> Self:
        """Refuse a match of two kinds, or none."""
        if len(self.model_fields_set) != 1:
            raise ValueError("say one of exact, prefix, regex")
        return self


class Percent(Part):
    """A share in percent."""

    value: float
