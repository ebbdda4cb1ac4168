"""What is looked at first on the page of a session: who, when, how it ended, and what is out of the ordinary.

The commands that erase its visitor stand here, too: they are made of ids and nothing else.

What does not belong here: every field of the record (`session_facts`).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from afterchat.contract.record import SessionRecord
from afterchat.contract.vocabulary import CODED_SETS, evaluation_label
from afterchat.dashboard.formats import NONE
from afterchat.dashboard.pages.session_story import is_late_rating, rating_tone
from afterchat.dashboard.parts import Badge, Cell, Fact
from afterchat.dashboard.visit import Visit
from afterchat.query.views import SessionDetail

__all__ = ["badges_of", "erase_commands", "head_of"]


def head_of(visit: Visit, record: SessionRecord, detail: SessionDetail) -> tuple[Fact, ...]:
    """What is looked at first."""
    t, f = visit.t, visit.f
    language = visit.view.language
    lasted = record.end_time - record.start_time
    started, ended = (Cell(f.moment(at), moment=f.machine(at)) for at in (record.start_time, record.end_time))
    pinned = (Fact(t("session.pinned"), f.duration(record.stick_duration)),) if record.stick_duration > 0 else ()
    rating = Badge(
        evaluation_label(record.evaluation_type, record.evaluation, language),
        rating_tone(record.evaluation_type, record.evaluation),
    )
    tenant = (Fact(t("session.tenant"), detail.session.tenant),) if visit.tenant is None else ()
    return (
        *tenant,
        Fact(t("session.who"), Cell(record.staff_name or NONE, note=record.from_group)),
        Fact(t("session.when"), started if record.start_time > 0 else ended if record.end_time > 0 else NONE),
        Fact(t("session.lasted"), f.duration(lasted) if 0 < record.start_time <= record.end_time else NONE),
        *pinned,
        Fact(t("session.category"), record.category or NONE),
        Fact(t("session.rating"), Cell("", badges=(rating,))),
        Fact(t("session.closed"), CODED_SETS["closeReason"].label(record.close_reason, language)),
    )


def badges_of(visit: Visit, record: SessionRecord, detail: SessionDetail) -> tuple[Badge, ...]:
    """What is out of the ordinary."""
    t, f, language = visit.t, visit.f, visit.view.language
    is_transferred = record.from_human_transfer == 1 or record.human_transfer_session_id > 0 or record.transfer_type
    counts = (
        ("revised", len(detail.revisions), 2, "info"),
        ("problems", len(detail.session.problems), 1, "bad"),
        ("contradictions", len(detail.contradictions), 1, "warn"),
    )
    candidates = (
        (Badge(CODED_SETS["interaction"].label(record.interaction, language)), record.interaction >= 0),
        (Badge(CODED_SETS["sType"].label(record.s_type, language), "warn"), record.s_type not in {"", "0"}),
        (Badge(CODED_SETS["vipLevel"].label(record.vip_level, language), "info"), record.vip_level > 0),
        (Badge(CODED_SETS["isValid"].label(record.is_valid, language), "warn"), record.is_valid == 0),
        (Badge(t("session.badge.transferred"), "info"), is_transferred),
        (Badge(t("session.badge.late"), "info"), is_late_rating(record)),
        *((Badge(t(f"session.badge.{key}", count=f.count(n)), tone), n >= least) for key, n, least, tone in counts),
    )
    return tuple(badge for badge, is_so in candidates if is_so)


def erase_commands(tenant: str, record: SessionRecord) -> Mapping[str, str]:
    """What to run on the server, by the key of its words; ids only, so nothing of a visitor's making is in it."""
    whom: Sequence[tuple[str, str]] = (("visitor", f"--user-id {record.user_id}"),) if record.user_id > 0 else ()
    return {
        key: f"afterchat records erase {person} --tenant {shlex.quote(tenant)} --receipt erased.json"
        for key, person in (*whom, ("session", f"--session {record.id}"))
    }
