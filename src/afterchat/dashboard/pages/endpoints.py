"""The top of the page of deliveries: how much is on its way, every endpoint in words; pausing and resuming one.

    GET  /deliveries/part         this top, followed live
    POST /endpoints/{id}/pause    and /resume

Rules
- Moments stand as dates and not as "so long ago", so that an unchanged top is the very same bytes and costs nothing.
- The path and query of an address may hold a secret: only who sees everything sees them.

What does not belong here: the list below, sending again (`deliveries`), how a sender is asked (`delivery_orders`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from afterchat.access.audit import noted
from afterchat.access.roles import Right
from afterchat.dashboard.errors import MissingError
from afterchat.dashboard.navigation import PAGES
from afterchat.dashboard.parts import Badge, Card, Cell, Empty, Fact, FormField
from afterchat.dashboard.visit import Answer, Goto, PageRoute, Part, Visit
from afterchat.query.filters import unknown_name
from afterchat.query.outbox import endpoint_page
from afterchat.query.outbox_views import EndpointView
from afterchat.store.sending import Endpoint, EntryState

__all__ = [
    "DEAD_AGAIN",
    "DELIVERIES",
    "ROUTES",
    "Deed",
    "EndpointPanel",
    "Tally",
    "endpoint_of",
    "endpoint_panel",
    "shown_url",
    "summary_cards",
    "top_values",
    "write_note",
]

DELIVERIES = PAGES["deliveries"].path
_PART = f"{DELIVERIES}/part"
DEAD_AGAIN = f"{DELIVERIES}/redeliver"
_PAUSE, _RESUME = "/endpoints/{id}/pause", "/endpoints/{id}/resume"
_PANELS_MAX = 50
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_OPEN = (EntryState.WAITING, EntryState.BEHIND, EntryState.LEASED)
_TALLIED = (EntryState.WAITING, EntryState.BEHIND, EntryState.LEASED, EntryState.DEAD, EntryState.DELIVERED)

_TONES = {"disabled": "bad", "failing": "bad", "paused": "warn", "sending": "good"}
"""State of an endpoint -> tone; what needs somebody stands first."""
_HELD = frozenset({"disabled", "paused"})


class Tally(NamedTuple):
    """How many entries of an endpoint are in a state, and where they are listed."""

    label: str
    text: str
    href: str
    tone: str = ""


class Deed(NamedTuple):
    """A button that asks again before it does something."""

    id: str
    action: str
    label: str
    question: str
    fields: tuple[FormField, ...] = ()


class EndpointPanel(NamedTuple):
    """One endpoint, as it is shown."""

    id: str
    name: str
    tenant: str
    """Empty where the reader has one tenant only."""
    url: str
    badge: Badge
    about: str
    facts: tuple[Fact, ...]
    tallies: tuple[Tally, ...]
    deeds: tuple[Deed, ...]


async def top_values(visit: Visit) -> dict[str, Any]:
    """What `deliveries_part.html` takes; raises StoreUnavailableError."""
    sending, t = visit.sources.sending, visit.t
    known = (await endpoint_page(sending.endpoints, sending.outbox, visit.tenant)).items
    _, counts, totals = await sending.outbox.health()
    ids = {int(endpoint.id) for endpoint in known}
    ours = {key: count for key, count in counts.items() if visit.tenant is None or key[0] in ids}
    sums = {state: sum(count for (_, kept), count in ours.items() if kept == state.value) for state in EntryState}
    ranked = sorted(known, key=lambda one: (list(_TONES).index(one.state), one.name, one.tenant))
    left_out = len(ranked) - _PANELS_MAX
    return {
        "cards": summary_cards(visit, known, sums, totals.get("oldest_due_at") if visit.tenant is None else None),
        "panels": tuple(endpoint_panel(visit, endpoint) for endpoint in ranked[:_PANELS_MAX]),
        "more": t("deliveries.endpoints.more", count=visit.f.count(left_out)) if left_out > 0 else "",
        "empty": Empty(
            t("deliveries.endpoints.empty"),
            t("deliveries.endpoints.empty.text"),
            code="afterchat endpoints add NAME https://HOST/PATH",
        ),
    }


def summary_cards(
    visit: Visit, endpoints: Sequence[EndpointView], sums: Mapping[EntryState, int], oldest_due_at: int | None
) -> tuple[Card, ...]:
    """Depth of the outbox, dead letters, delivered, endpoints."""
    t, f = visit.t, visit.f
    depth = t("deliveries.count.open.note", **{state.value: f.count(sums[state]) for state in _OPEN})
    if oldest_due_at is not None and oldest_due_at < visit.now_ms:
        depth = f"{depth} · {t('deliveries.count.overdue', at=f.moment(oldest_due_at))}"
    states = [endpoint.state for endpoint in endpoints]
    ill = ((state, states.count(state)) for state in _TONES if state != "sending")
    said = " · ".join(f"{t(f'deliveries.endpoint.{state}')} {f.count(count)}" for state, count in ill if count)
    worst = next((_TONES[state] for state in _TONES if state in states), "")
    dead = sums[EntryState.DEAD]
    return (
        Card(t("deliveries.count.open"), f.count(sum(sums[state] for state in _OPEN)), note=depth),
        Card(
            t("deliveries.count.dead"),
            f.count(dead),
            note=t("deliveries.count.dead.note") if dead else "",
            tone="bad" if dead else "",
        ),
        Card(
            t("deliveries.count.delivered"),
            f.count(sums[EntryState.DELIVERED]),
            note=t("deliveries.count.delivered.note"),
        ),
        Card(t("deliveries.count.endpoints"), f.count(len(states)), note=said, tone=worst if said else ""),
    )


def endpoint_panel(visit: Visit, endpoint: EndpointView) -> EndpointPanel:
    """One endpoint for this reader."""
    t = visit.t
    return EndpointPanel(
        endpoint.id,
        endpoint.name,
        endpoint.tenant if visit.tenant is None else "",
        shown_url(visit, endpoint.url),
        Badge(t(f"deliveries.endpoint.{endpoint.state}"), _TONES[endpoint.state]),
        t.known(f"deliveries.endpoint.{endpoint.state}.about") or "",
        _facts(visit, endpoint),
        tuple(
            Tally(
                t(f"deliveries.state.{state.value}"),
                visit.f.count(count),
                f"{DELIVERIES}?{urlencode({'state': state.value, 'endpoint': endpoint.id})}" if count else "",
                "bad" if state is EntryState.DEAD and count else "",
            )
            for state in _TALLIED
            for count in (endpoint.entries[state.value],)
        ),
        _deeds(visit, endpoint) if visit.who.may(Right.OPERATE) else (),
    )


def shown_url(visit: Visit, url: str) -> str:
    """The address; its host alone for readers who may not see everything."""
    if visit.who.may(Right.SEE_UNMASKED):
        return url
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}/…"


def _facts(visit: Visit, endpoint: EndpointView) -> tuple[Fact, ...]:
    """How it has been answering; nothing where all is well."""
    t, f, health = visit.t, visit.f, endpoint.health
    is_held = health.open_until is not None and health.open_until > visit.now_ms
    moments = (
        ("deliveries.disabled_at", health.disabled_at if endpoint.state == "disabled" else None),
        ("deliveries.failing_since", health.failing_since),
        ("deliveries.held_until", health.open_until if is_held else None),
    )
    facts = [Fact(t(key), Cell(f.moment(at), moment=f.machine(at))) for key, at in moments if at is not None]
    if health.failures_in_a_row:
        facts.append(Fact(t("deliveries.failures"), f.count(health.failures_in_a_row)))
    return tuple(facts)


def _deeds(visit: Visit, endpoint: EndpointView) -> tuple[Deed, ...]:
    t, name, dead = visit.t, endpoint.name, endpoint.entries[EntryState.DEAD.value]
    is_held = endpoint.state in _HELD
    key, path = ("deliveries.resume", _RESUME) if is_held else ("deliveries.pause", _PAUSE)
    turn = Deed(f"turn-{endpoint.id}", path.format(id=endpoint.id), t(key), t(f"{key}.question", name=name))
    if not dead:
        return (turn,)
    again = Deed(
        f"again-{endpoint.id}",
        DEAD_AGAIN,
        t("deliveries.redeliver_dead"),
        t("deliveries.redeliver_dead.question", name=name, count=visit.f.count(dead)),
        (FormField("endpoint", "", "hidden", endpoint.id),),
    )
    return (turn, again)


async def _follow(visit: Visit) -> Answer:
    if visit.pairs:
        raise unknown_name(visit.pairs[0][0], ())
    if not visit.sources.sending.has_sender():
        raise MissingError
    return Part("deliveries_part.html", await top_values(visit))


async def _pause(visit: Visit) -> Answer:
    endpoint = await endpoint_of(visit, visit.values["id"])
    await write_note(visit, "endpoint.pause", endpoint)
    await visit.sources.sending.orders.set_paused(endpoint.id, is_paused=True)
    return Goto(DELIVERIES, "endpoint_paused")


async def _resume(visit: Visit) -> Answer:
    endpoint = await endpoint_of(visit, visit.values["id"])
    await write_note(visit, "endpoint.resume", endpoint)
    await visit.sources.sending.orders.set_paused(endpoint.id, is_paused=False)
    return Goto(DELIVERIES, "endpoint_resumed")


async def endpoint_of(visit: Visit, text: str) -> Endpoint:
    """The endpoint of this id; raises MissingError where the reader has none such."""
    if _ID.fullmatch(text):
        for endpoint in await visit.sources.sending.endpoints.endpoints(visit.tenant):
            if endpoint.id == int(text):
                return endpoint
    raise MissingError


async def write_note(visit: Visit, what: str, endpoint: Endpoint, **detail: str) -> None:
    """A line of the audit about that endpoint."""
    note = noted(visit.actor, visit.now_ms, what, str(endpoint.id), endpoint.tenant, name=endpoint.name, **detail)
    await visit.sources.people.write_note(note)


ROUTES: tuple[PageRoute, ...] = (
    PageRoute("deliveries_part", _PART, Right.SEE_MASKED, _follow),
    PageRoute("endpoint_pause", _PAUSE, Right.OPERATE, _pause, "deliveries", "POST"),
    PageRoute("endpoint_resume", _RESUME, Right.OPERATE, _resume, "deliveries", "POST"),
)
