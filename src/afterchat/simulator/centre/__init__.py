"""A contact centre from a seed: visitors, a robot, queues and staff, and the events that a chat platform would report.

It says what happened and computes nothing: what a session's record is, the engine finds out.

    from afterchat.simulator.centre import Centre

    for event in Centre(seed=7, begin_at=1_800_000_000_000, first_session_id=1).events():
        ...

How the rooms of it stand to each other, each importing only from above

    draws      chance that is the same on every machine
    agenda     simulated time: who goes on when
    arrivals   when visitors come          visitor   who comes      roster  who works when
    floor      staff who are free, queues
    world      all of that in one hand, and the one place where an event is told
    ratings, notes                          what becomes known beside the talk
    messages, routing, conversation, robot  one process for each open session
    message_box, centre                     what runs all day
"""

from __future__ import annotations

from afterchat.simulator.centre.centre import Centre

__all__ = ["Centre"]
