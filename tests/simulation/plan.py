"""What a seed means: who is there, how long it lasts, and what goes wrong when. Drawn whole before anything runs.

Rules
- Everything follows from the seed and the mode by a Random of its own; nothing is drawn from global chance.
- Each tenant has one steady endpoint for records that nobody deletes: something must follow from every session.
- In liveness mode all trouble ends at `calm_at`; in safety mode it goes on to the end.

What does not belong here: carrying it out (`world`, `nemesis`, `wire`), and what is handed in (`workload`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from afterchat.engine import Policy
from afterchat.sender.relay import RelayLimits
from afterchat.sender.schedule import DEFAULT_SCHEDULE_SECONDS

__all__ = ["MODES", "RECORDS", "EndpointPlan", "Plan", "Scale", "Trouble", "plan_of"]

MODES = ("safety", "liveness")
RECORDS = "DATA_ONLINE_SESSION_END"
ANNOUNCED = ("SESSION_START", "SESSION_END", "EVA_INVITATION")
OPERATIONS = ("AFTERCHAT_ENDPOINT_FAILING", "AFTERCHAT_ENDPOINT_RECOVERED", "AFTERCHAT_ENDPOINT_DISABLED")
_SUBSCRIPTIONS = ((RECORDS,), (RECORDS,), (RECORDS, *ANNOUNCED), ANNOUNCED, (RECORDS, *OPERATIONS), OPERATIONS)
TENANTS = ("acme", "bolt")

_FOCUSED = 4
"""How much more of a kind that somebody looks for."""
_HOUR = 3600
_DAY = 24 * _HOUR


class Scale(NamedTuple):
    """How fast a life goes by; all in seconds."""

    name: str
    schedules: tuple[tuple[int, ...], ...]
    span: float
    """Sessions begin within this."""
    calm_at: float
    """When trouble ends in liveness mode, and the whole life in safety mode."""
    look: float
    tidy: float
    turn: float
    idle: float
    silence: int
    """After which a session ends by itself."""
    window_minutes: int
    """For ratings."""
    down_max: float
    """A sender that died is started again within this."""
    outage_max: float
    """The longest outage of a receiver."""
    jumps: tuple[int, ...]


SCALES = (
    Scale("minutes", ((1, 2, 4, 8, 16), (2, 5, 10, 30), (1, 1, 2), (3,)), span=90, calm_at=260, look=3, tidy=23, turn=5,
          idle=60, silence=60, window_minutes=1, down_max=15, outage_max=200, jumps=(40, 300, 900)),
    Scale("hours", ((5, 30, 120, 600, 1800), (5, 30, 120), (60, 600, 600, 3600)), span=1800, calm_at=2 * _HOUR, look=20,
          tidy=307, turn=30, idle=60, silence=600, window_minutes=10, down_max=600, outage_max=_HOUR, jumps=(60, 3600)),
    Scale("days", (DEFAULT_SCHEDULE_SECONDS, (60, _HOUR, 6 * _HOUR, _DAY, _DAY)), span=5 * _HOUR, calm_at=4 * _DAY,
          look=600, tidy=7207, turn=600, idle=900, silence=3600, window_minutes=60, down_max=2 * _HOUR,
          outage_max=3 * _DAY, jumps=(3600,)),
)  # fmt: skip
_SCALE_WEIGHTS = (77, 18, 5)

MOODS = {"steady": 30, "flaky": 40, "sick": 8, "deaf": 6, "slow": 8, "grumpy": 8}
"""How an endpoint answers: see `wire`."""

TROUBLES = {
    "kill": 16,
    "kill_at_call": 20,
    "restart": 5,
    "pause": 8,
    "zombie": 10,
    "zombie_at_lease": 8,
    "jump": 14,
    "store_down": 8,
    "store_slow": 8,
    "registry_down": 2,
    "hold": 7,
    "remove": 4,
    "add": 4,
    "rotate": 4,
    "redeliver": 14,
    "swizzle": 6,
}
"""What can go wrong or be ordered, and how often: see `nemesis`."""


class Trouble(NamedTuple):
    """One thing that happens to the sender; what `amount` and `seconds` mean depends on the kind."""

    at: float
    kind: str
    seconds: float
    amount: int


@dataclass(frozen=True, slots=True)
class EndpointPlan:
    """One endpoint and how it will behave."""

    tenant: str
    event_types: tuple[str, ...]
    signature_mode: str
    success: str
    schedule: tuple[int, ...]
    rate: int
    concurrency: int
    mood: str
    outages: tuple[tuple[float, float], ...]
    gone_at: float | None
    """From when on it answers 410, if ever."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One life."""

    seed: int
    mode: str
    scale: Scale
    endpoints: tuple[EndpointPlan, ...]
    troubles: tuple[Trouble, ...]
    limits: RelayLimits
    sessions_at_hand_max: int
    session_count: int
    retention_seconds: int
    store_error_share: float
    policy: Policy

    @property
    def has_jumps(self) -> bool:
        """Whether the wall clock is ever set."""
        return any(trouble.kind == "jump" for trouble in self.troubles)

    def random(self, purpose: str) -> Random:
        """A chance of its own for each purpose, so that one more draw here changes nothing there."""
        return Random(f"{self.seed}/{self.mode}/{purpose}")


def plan_of(seed: int, mode: str, focus: Sequence[str] = ()) -> Plan:
    """The life of a seed; with some more trouble of each kind in `focus`."""
    chance = Random(f"{seed}/{mode}/plan")
    scale = chance.choices(SCALES, _SCALE_WEIGHTS)[0]
    count = chance.choice((1, 1, 2, 2, 3, 4))
    endpoints = [_endpoint(chance, scale, tenant, is_steady=True) for tenant in TENANTS[: chance.choice((1, 1, 2))]]
    tenants = [endpoint.tenant for endpoint in endpoints]
    endpoints += [_endpoint(chance, scale, chance.choice(tenants), is_steady=False) for _ in range(count)]
    kinds = chance.choices(tuple(TROUBLES), tuple(TROUBLES.values()), k=chance.choice((0, 1, 2, 3, 4, 5, 7, 9)))
    more = _FOCUSED * tuple(focus)
    troubles = tuple(sorted(_trouble(chance, scale, kind) for kind in (*kinds, *more)))
    attempt, lease = chance.choice(((10.0, 30.0), (10.0, 30.0), (3.0, 8.0)))
    has_jumps = any(trouble.kind == "jump" for trouble in troubles)
    return Plan(
        seed=seed,
        mode=mode,
        scale=scale,
        endpoints=tuple(endpoints),
        troubles=troubles,
        limits=RelayLimits(
            in_flight_max=chance.choice((3, 8, 64)),
            attempt_seconds_max=attempt,
            lease_seconds=lease,
            turn_seconds_max=scale.turn,
            drain_seconds=chance.choice((0.5, attempt + 1)),
        ),
        sessions_at_hand_max=chance.choice((1, 5, 1000)),
        session_count=chance.randint(4, 16),
        retention_seconds=30 * _DAY if has_jumps or chance.random() < 0.6 else round(scale.span + 0.7 * scale.calm_at),
        store_error_share=chance.choice((0.0, 0.0, 0.002, 0.02)),
        policy=Policy(
            tolerance_seconds=_DAY,
            visitor_silent_seconds=scale.silence,
            visitor_never_wrote_seconds=scale.silence,
            unrouted_seconds=scale.silence,
            queue_seconds=2 * scale.silence,
            session_idle_seconds=4 * scale.silence,
            rating_window_minutes=scale.window_minutes,
        ),
    )


def _endpoint(chance: Random, scale: Scale, tenant: str, *, is_steady: bool) -> EndpointPlan:
    drawn = chance.choice(_SUBSCRIPTIONS)
    outages = []
    for _ in range(chance.choice((0, 0, 1, 2))):
        begin = chance.uniform(0, scale.calm_at)
        outages.append((begin, begin + scale.outage_max * chance.random() ** 2))
    return EndpointPlan(
        tenant=tenant,
        event_types=(RECORDS, *ANNOUNCED[: chance.choice((0, 0, 3))]) if is_steady else drawn,
        signature_mode=chance.choice(("legacy", "legacy", "both", "hmac_only")),
        success=chance.choice(("empty_or_braces", "empty_or_braces", "any_2xx")),
        schedule=chance.choice(scale.schedules),
        rate=chance.choice((0, 0, 0, 1, 5)),
        concurrency=chance.choice((1, 2, 8)),
        mood=chance.choices(tuple(MOODS), tuple(MOODS.values()))[0],
        outages=tuple(outages),
        gone_at=chance.uniform(0, scale.calm_at) if chance.random() < 0.06 else None,
    )


def _trouble(chance: Random, scale: Scale, kind: str) -> Trouble:
    # Most happens while sessions come in; some of it long after.
    at = chance.uniform(0, scale.span * 1.3 if chance.random() < 0.7 else scale.calm_at * 0.95)
    seconds = scale.down_max * chance.random() ** 2
    amount = chance.randint(1, 40)
    if kind == "jump":
        amount = chance.choice(scale.jumps) * chance.choice((-1, 1))
    return Trouble(round(at, 3), kind, round(seconds, 3), amount)
