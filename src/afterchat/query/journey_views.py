"""A session's journey as readers see it; the rules are those of `views`."""

from __future__ import annotations

from typing import Annotated

import msgspec

from afterchat.figures.journeys import Journey
from afterchat.query.views import Freshness, Id, MomentMs

__all__ = [
    "JourneyFiguresView",
    "JourneySessionView",
    "JourneyView",
    "journey_view",
]


class JourneySessionView(msgspec.Struct, frozen=True):
    """One session of a journey."""

    id: Id
    interaction: int
    start_time: MomentMs
    end_time: MomentMs
    staff_id: Id
    close_reason: int


class JourneyFiguresView(msgspec.Struct, frozen=True):
    """Figures of a journey as a whole; null where there is nothing to say."""

    first_contact_at: MomentMs | None
    first_human_reply_at: MomentMs | None
    wait_ms: int | None
    ended_at: MomentMs | None
    staff_count: int
    transfer_count: int
    is_person_reached: bool
    close_reason: int | None
    ender: int | None
    evaluation_type: int | None
    evaluation: int | None


class JourneyView(msgspec.Struct, frozen=True):
    """What one visitor went through, robot, person and transfers, in the order in which the sessions began."""

    sessions: list[JourneySessionView]
    missing_ids: Annotated[list[Id], msgspec.Meta(description="Linked, but not here.")]
    is_cut: Annotated[bool, msgspec.Meta(description="Whether it has more sessions than are followed.")]
    figures: JourneyFiguresView
    freshness: Freshness


def journey_view(journey: Journey, fresh: Freshness) -> JourneyView:
    """A journey as readers see it."""
    return JourneyView(
        [
            JourneySessionView(
                str(one.id), one.interaction, one.start_time, one.end_time, str(one.staff_id), one.close_reason
            )
            for one in journey.sessions
        ],
        [str(missing) for missing in journey.missing_ids],
        journey.is_cut,
        JourneyFiguresView(*journey.figures),
        fresh,
    )
