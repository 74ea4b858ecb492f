"""What the health rules look at and what each of them answers. Frozen values; the rules are in `indicators`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, model_validator

from customers import weeks
from customers.model import Week

# Raise it when a rule changes, so that a change of rules is never mistaken for one of the customer.
# 1: the document and the usage feed; bugs and requests. 2: escalations and churn-risk flags are recorded as well.
RULES_VERSION = 2


class Colour(StrEnum):
    """In order of concern; `UNKNOWN` never outweighs a colour that is known."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


class Thresholds(BaseModel):
    """Settings with the defaults of the customer document. Shares are 0–1; each number names its unit."""

    model_config = ConfigDict(frozen=True)

    adoption_green: float = Field(
        0.80, gt=0, le=1, description="share of seats active weekly from which adoption is green"
    )
    adoption_yellow: float = Field(0.50, ge=0, lt=1, description="share below which adoption is red")
    usage_drop: float = Field(0.20, gt=0, lt=1, description="fall week over week, strictly more than which is yellow")
    drop_base: int = Field(5, ge=1, description="active users from which a fall counts")
    falling_weeks: int = Field(3, ge=2, le=12, description="weeks of falling in a row that are yellow")
    idle_days: int = Field(14, ge=1, description="days without any use that are red")
    feed_days: int = Field(9, ge=1, description="age in days up to which usage data is fresh")
    feedback_negative: int = Field(0, ge=-100, le=100, description="NPS below which feedback is negative")

    @model_validator(mode="after")
    def _ordered(self) -> "Thresholds":
        if self.adoption_yellow >= self.adoption_green:
            raise ValueError("the red limit of adoption must lie below the green one")
        if self.idle_days <= self.feed_days:
            raise ValueError("idle_days must be more than feed_days, or a late feed looks like an idle customer")
        return self

    @cached_property
    def adoption_words(self) -> str:
        """The limits of adoption as people read them."""
        return f"green from {percent(self.adoption_green)}, red below {percent(self.adoption_yellow)}"

    @cached_property
    def trend_words(self) -> str:
        """The limits of the trend as people read them."""
        drop, run = percent(self.usage_drop), self.falling_weeks
        return f"yellow when it falls more than {drop} in a week or {run} weeks running"


@dataclass(frozen=True, slots=True)
class Signals:
    """What people and the bug tracker say about a customer. None means: nothing records this yet, so it is unknown.

    `feedback` is an NPS score or, from logged feedback, +1 / -1; the counts are of open items.
    """

    feedback: int | None = None
    feedback_on: date | None = None
    critical_open: int | None = None
    critical_overdue: int = 0
    tickets_open: int | None = None
    requests_waiting: int | None = None
    escalated: bool | None = None
    churn_risk: bool | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How much of what people captured is open for a customer."""

    critical_open: int = 0
    critical_overdue: int = 0
    bugs_open: int = 0
    requests_waiting: int = 0
    escalated: bool = False
    churn_risk: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the rules look at. `weeks` are newest first.

    `fed` is the Monday of the last week that was over when the feed brought it (None: it brought no such week). Rows of
    later weeks came in part, while those weeks were running: they prove a use, and nothing else can be told by them.
    """

    today: date
    seats: int | None
    seats_from: str
    weeks: Sequence[Week]
    fed: date | None
    signals: Signals = field(default_factory=Signals)
    complete: tuple[Week, ...] = field(init=False)  # weeks that are over and that the feed has brought whole

    def __post_init__(self) -> None:
        if self.fed is None:
            object.__setattr__(self, "complete", ())
            return
        fed = min(self.fed, self.over)  # a clock that went back is no reason to believe in a running week
        object.__setattr__(self, "fed", fed)
        object.__setattr__(self, "complete", tuple([week for week in self.weeks if week.start <= fed]))

    @property
    def over(self) -> date:
        """The Monday of the last week that is over."""
        return weeks.monday(self.today) - timedelta(weeks=1)

    @property
    def partial(self) -> Week | None:
        """The newest week that is over and of which the feed brought a part only."""
        later = (week for week in self.weeks if week.start <= self.over and (self.fed is None or week.start > self.fed))
        return next(later, None)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of `/health`: `value` and `threshold` as people read them, `as_of` the last day the data covers."""

    name: str
    colour: Colour
    sentence: str
    value: str = ""
    threshold: str = ""
    as_of: date | None = None
    mend: str | None = None


def percent(share: float, *limits: float) -> str:
    """A share as it is shown everywhere: to a tenth of a percent, the half upwards.

    Only where that would reach one of the `limits` that the share itself does not reach, it is cut: 79.96 % is never
    shown as the 80 % it is not.
    """
    shown = _tenths(share)
    return _words(shown - 1 if any(share < one <= shown / 1_000 for one in limits) else shown)


def fallen(share: float, limit: float) -> str:
    """The same of a fall, for which more is worse: 20.01 % is never shown as the 20 % that would be no alert."""
    shown = _tenths(share)
    return _words(shown + 1 if shown / 1_000 <= limit < share else shown)


def _tenths(share: float) -> int:
    return int(share * 1_000 + 0.5 + 1e-9)


def _words(tenths: int) -> str:
    return f"{tenths / 10:g} %"
