"""What arrived, was refused, could not be read, drifted or contradicts itself, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from afterchat.access.masking import masked_sample
from afterchat.access.roles import Right
from afterchat.contract.causes import Cause
from afterchat.contract.reasons import reason_in_chinese
from afterchat.contract.record import FIELDS
from afterchat.dashboard.parts import Badge, Cell, Column, Empty, Row, Table
from afterchat.dashboard.visit import Visit
from afterchat.figures.contradiction_table import CONTRADICTIONS
from afterchat.query.views import DriftView, InboxPage, QuarantinePage, QuarantineView, UnreadableView

__all__ = [
    "cause_in_words",
    "contradictions_table",
    "drift_table",
    "inbox_table",
    "quarantine_table",
    "reason_in_words",
    "unreadable_table",
]

_CAUSES = {cause.wire: cause for cause in Cause}
_WIRE = {field.name: field.wire for field in FIELDS}
_DRIFTS = frozenset({"value", "type", "field", "duplicate"})


def inbox_table(visit: Visit, page: InboxPage) -> Table:
    """Pushes as they were taken."""
    t, f = visit.t, visit.f
    is_whole = visit.who.may(Right.SEE_UNMASKED)
    rows = tuple(
        Row(
            (
                Cell(f.moment(one.arrived_at), moment=f.machine(one.arrived_at)),
                one.tenant,
                Cell(one.event_type or "–", is_code=True),
                Cell(one.key_id, is_code=True),
                f.count(one.repeat_count),
                Cell(t("health.body"), f"/health/inbox/{one.id}/body") if is_whole else Cell("–"),
            )
        )
        for one in page.items
    )
    heads = ("arrived", "tenant", "event", "key", "repeats", "raw")
    return _table(visit, "inbox", heads, rows, numbers=frozenset({"repeats"}))


def quarantine_table(visit: Visit, page: QuarantinePage) -> Table:
    """Refused pushes with their likely cause."""
    t, f = visit.t, visit.f
    rows = tuple(
        Row(
            (
                Cell(f.moment(one.refused_at), f"/health/quarantine/{one.id}", moment=f.machine(one.refused_at)),
                one.tenant,
                reason_in_words(visit, one.reason),
                cause_in_words(visit, one.cause),
                Cell("", badges=(Badge(t("health.released"), "good"),))
                if one.released_at is not None
                else _release(visit, one),
            )
        )
        for one in page.items
    )
    return _table(visit, "quarantine", ("refused", "tenant", "reason", "cause", "release"), rows)


def unreadable_table(visit: Visit, pushes: Sequence[UnreadableView]) -> Table:
    """Authentic pushes that nobody understood."""
    is_whole = visit.who.may(Right.SEE_UNMASKED)
    rows = tuple(
        Row(
            (
                Cell(visit.f.moment(one.arrived_at), moment=visit.f.machine(one.arrived_at)),
                one.tenant,
                reason_in_chinese(one.reason) if visit.is_chinese else one.reason,
                Cell(visit.t("health.body"), f"/health/inbox/{one.inbox_id}/body") if is_whole else Cell("–"),
            )
        )
        for one in pushes
    )
    return _table(visit, "unreadable", ("arrived", "tenant", "why", "raw"), rows)


def drift_table(visit: Visit, notes: Sequence[DriftView]) -> Table:
    """What the wire carried that the field table does not know."""
    t, f = visit.t, visit.f
    rows = tuple(
        Row(
            (
                Cell(one.field, is_code=True),
                t(f"health.drift.{one.kind}") if one.kind in _DRIFTS else one.kind,
                Cell(masked_sample(one.field, one.sample, visit.who.rights), is_code=True),
                f.count(one.count),
                one.tenant,
                Cell(f.moment(one.first_seen_at), moment=f.machine(one.first_seen_at)),
                Cell(f.moment(one.seen_at), moment=f.machine(one.seen_at)),
            )
        )
        for one in notes
    )
    heads = ("field", "drifted", "sample", "times", "tenant", "first", "latest")
    return _table(visit, "drift", heads, rows, numbers=frozenset({"times"}))


def contradictions_table(visit: Visit, counts: Mapping[str, int]) -> Table:
    """How many sessions of the last seven days contradict themselves, and how."""
    rows = tuple(
        Row(
            (
                CONTRADICTIONS[name].zh if visit.is_chinese else CONTRADICTIONS[name].en,
                Cell(", ".join(_WIRE.get(field, field) for field in CONTRADICTIONS[name].fields), is_code=True),
                visit.f.count(count),
            )
        )
        for name, count in sorted(counts.items(), key=lambda pair: -pair[1])
        if count
    )
    return _table(visit, "contradictions", ("what", "fields", "sessions"), rows, numbers=frozenset({"sessions"}))


def _table(
    visit: Visit, kind: str, heads: tuple[str, ...], rows: tuple[Row, ...], numbers: frozenset[str] = frozenset()
) -> Table:
    columns = tuple(Column(visit.t(f"health.head.{head}"), is_number=head in numbers) for head in heads)
    return Table(visit.t(f"health.{kind}"), columns, rows, empty=Empty(visit.t(f"health.{kind}.none")))


def _release(visit: Visit, push: QuarantineView) -> Cell | str:
    """The way to take it after all, for those who may, where that is possible."""
    if not (push.authentic and visit.who.may(Right.OPERATE)):
        return "–"
    return Cell(visit.t("health.release.look"), f"/health/quarantine/{push.id}")


def reason_in_words(visit: Visit, wire: str) -> str:
    """Why it was refused; a reason that has no words is shown as it is."""
    return visit.t.known(f"health.reason.{wire}") or wire


def cause_in_words(visit: Visit, wire: str) -> str:
    """The likely cause with its remedy."""
    cause = _CAUSES.get(wire)
    if cause is None:
        return wire or visit.t("health.cause.unknown")
    return cause.zh if visit.is_chinese else cause.en
