"""What happened in one session, and in the journey that it belongs to, as parts of a page.

    moments -> points of a timeline, each with how long after the one before
    spans   -> a strip drawn to scale, up to the rating
    journey -> its sessions as rows with links, its figures as facts

Rules
- Nothing is drawn that the record does not place in time: a pin has a length and no place, so it is told in words.
- A rating that came very late is left out of the strip, where it would squeeze all else; the timeline says it.
- Total: moments of any order and size give a page.

What does not belong here: where journeys come from (`figures.journeys`), fields one by one (`session_facts`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from afterchat.columns.snapshot import Selection, Snapshot
from afterchat.contract.record import SessionRecord, moment_of_text
from afterchat.contract.vocabulary import CODED_SETS, evaluation_label, knows_evaluation
from afterchat.dashboard.formats import NONE
from afterchat.dashboard.parts import Badge, Cell, Column, Fact, Lane, Row, Stage, Strip, Table, TimelinePoint
from afterchat.dashboard.visit import Visit
from afterchat.figures.journeys import Journey, JourneyFigures, JourneySession
from afterchat.figures.subjects.queue import MOMENT_FROM_MS
from afterchat.query.views import MomentView, SpanView

__all__ = [
    "is_late_rating",
    "journey_facts",
    "journey_table",
    "points_of",
    "rating_tone",
    "staff_names",
    "strip_of",
]

_KINDS = {"queue": 1, "first_answer": 2, "service": 3, "rating": 4}
"""Id of a stretch to its colour, which is also the order of the lanes."""
_RATING_SPAN_MAX = 4
"""A wait for the rating that is longer than so many times all before it is not drawn."""
_STRIP_MS_MAX = MOMENT_FROM_MS
"""What lasts longer is no session."""
_MIDDLE = 50
"""The rating that is neither good nor bad, in every model."""


def label_of(visit: Visit, coded: str, value: int | None) -> str:
    """What a code means; none where there is nothing to say."""
    return NONE if value is None else CODED_SETS[coded].label(value, visit.view.language)


def rating_tone(model: int, rating: int) -> str:
    """Good above the middle, bad below it; nothing for what no document lists."""
    if rating <= 0 or not knows_evaluation(model, rating) or rating == _MIDDLE:
        return ""
    return "good" if rating > _MIDDLE else "bad"


def is_late_rating(record: SessionRecord) -> bool:
    """Whether the visitor rated after the end."""
    return 0 < record.end_time < moment_of_text(record.user_join_evaluate_time)


def points_of(visit: Visit, record: SessionRecord, moments: Sequence[MomentView]) -> tuple[TimelinePoint, ...]:
    """The moments in order of time, with the gaps between them; the day is named where it begins."""
    notes, f = _notes(visit, record), visit.f
    points = []
    for last, one in zip((None, *moments), moments, strict=False):
        day = f.day(one.at) if last is None or f.day(last.at) != f.day(one.at) else ""
        points.append(
            TimelinePoint(
                f.clock(one.at),
                one.label.zh if visit.is_chinese else one.label.en,
                f.machine(one.at),
                "" if last is None or last.at == one.at else f.duration(one.at - last.at),
                " · ".join(part for part in (day, notes.get(one.id, "")) if part),
                rating_tone(record.evaluation_type, record.evaluation) if one.id == "rated" else "",
            )
        )
    return tuple(points)


def _notes(visit: Visit, record: SessionRecord) -> Mapping[str, str]:
    """What is said beside a moment, by its id."""
    ended = [label_of(visit, "closeReason", record.close_reason)] if record.close_reason >= 0 else []
    if record.ender > 0:
        ended.append(visit.t("session.ended_by", who=label_of(visit, "ender", record.ender)))
    rated = evaluation_label(record.evaluation_type, record.evaluation, visit.view.language)
    return {
        "started": record.staff_name,
        "ended": " · ".join(ended),
        "rated": rated if record.evaluation > 0 else "",
    }


def strip_of(visit: Visit, record: SessionRecord, spans: Sequence[SpanView]) -> Strip | None:
    """The spans drawn to scale, each in a lane of its own; None when there is none."""
    drawn = [
        (one.id, one.label.zh if visit.is_chinese else one.label.en, one.since, one.until)
        for one in spans
        if one.id in _KINDS and one.until - one.since < _STRIP_MS_MAX
    ]
    if not drawn:
        return None
    first, last = min(one[2] for one in drawn), max(one[3] for one in drawn)
    rated = moment_of_text(record.user_join_evaluate_time)
    if is_late_rating(record) and rated - record.end_time <= _RATING_SPAN_MAX * (last - first):
        drawn.append(("rating", visit.t("session.until_rating"), record.end_time, rated))
        first, last = min(first, record.end_time), max(last, rated)
    place = _scale(first, last)
    lanes = tuple(
        Lane(name, (Stage(place(since), place(until), name, visit.f.duration(until - since), _KINDS[span]),))
        for span, name, since, until in drawn
    )
    return Strip(visit.t("session.strip"), visit.f.clock(first), visit.f.clock(last), lanes)


def _scale(first: int, last: int) -> Callable[[int], float]:
    """Where a moment stands between the two, 0 to 1."""
    size = max(last - first, 1)
    return lambda at: min(max((at - first) / size, 0.0), 1.0)


def journey_table(
    visit: Visit, journey: Journey, own_id: int, names: Mapping[int, str], href_of: Callable[[int], str]
) -> Table:
    """The sessions of the journey in the order in which they began; `names` are those of the staff by session."""
    t = visit.t
    columns = (
        Column(t("session.journey.session"), is_first=True),
        Column(t("session.journey.kind")),
        Column(t("session.journey.staff")),
        Column(t("session.journey.began")),
        Column(t("session.journey.lasted"), is_number=True),
        Column(t("session.journey.closed")),
    )
    rows = tuple(_journey_row(visit, one, own_id, names.get(one.id, ""), href_of) for one in journey.sessions)
    return Table(t("session.journey"), columns, rows)


def _journey_row(visit: Visit, one: JourneySession, own_id: int, name: str, href_of: Callable[[int], str]) -> Row:
    is_own = one.id == own_id
    badges = (Badge(visit.t("session.journey.this"), "info"),) if is_own else ()
    return Row(
        (
            Cell(str(one.id), "" if is_own else href_of(one.id), badges=badges),
            label_of(visit, "interaction", one.interaction),
            name or (str(one.staff_id) if one.staff_id > 0 else NONE),
            _moment_cell(visit, one.start_time),
            visit.f.duration(one.end_time - one.start_time) if 0 < one.start_time <= one.end_time else NONE,
            label_of(visit, "closeReason", one.close_reason if one.close_reason >= 0 else None),
        )
    )


def _moment_cell(visit: Visit, at: int | None) -> Cell:
    return Cell(visit.f.moment(at), moment=visit.f.machine(at)) if at is not None and at > 0 else Cell(NONE)


def journey_facts(visit: Visit, figures: JourneyFigures) -> tuple[Fact, ...]:
    """The figures of the journey as a whole."""
    t, f = visit.t, visit.f
    rating = Cell(t("session.unrated"))
    if figures.evaluation is not None and figures.evaluation_type is not None:
        text = evaluation_label(figures.evaluation_type, figures.evaluation, visit.view.language)
        rating = Cell("", badges=(Badge(text, rating_tone(figures.evaluation_type, figures.evaluation)),))
    cells: tuple[tuple[str, Cell | str], ...] = (
        ("first_contact", _moment_cell(visit, figures.first_contact_at)),
        ("first_reply", _moment_cell(visit, figures.first_human_reply_at)),
        ("wait", f.duration(figures.wait_ms)),
        ("ended", _moment_cell(visit, figures.ended_at)),
        ("staff_count", f.count(figures.staff_count)),
        ("transfers", f.count(figures.transfer_count)),
        ("person", t("session.yes") if figures.is_person_reached else t("session.no")),
        ("closed", label_of(visit, "closeReason", figures.close_reason)),
        ("ender", label_of(visit, "ender", figures.ender)),
        ("rating", rating),
    )
    return tuple(Fact(t(f"session.journey.{key}"), cell) for key, cell in cells)


def staff_names(snapshot: Snapshot, tenant: str, journey: Journey) -> dict[int, str]:
    """Who served in each session of a journey, by the session's id."""
    ids = tuple(one.id for one in journey.sessions)
    found: dict[int, str] = {}
    for part in snapshot.parts(Selection(tenant, (("id", "=", ids),))):
        words = part.words("staff_name")
        found.update(
            (number, words[code])
            for number, code in zip(part.numbers("id").tolist(), part.codes("staff_name").tolist(), strict=True)
        )
    return found
