"""The judge: what the record of a session must be, worked out the dull way.

It was written from the words of the specification alone, by somebody who had not seen the engine.
It shares nothing with the engine but the record type, and works by another method, so that both hardly err alike.

Rules
- There is no state: the phase of a session is read anew from the events that happened so far.
- Nothing is carried from event to event: each field is searched for in the list of all that happened.
- Events are JSON objects as on the wire; an attribute that is absent has its default, spelled where it is read.
- Slow and plain beats clever: this file is right when a person who holds the specification nods at each line.
- Its tables are its own. A test that plants a fault replaces one of them, and the comparison must notice.

What does not belong here: making up events (`streams`), feeding the engine (`test_property_judge`).
"""

from typing import Any

from afterchat.contract.record import CustomField, SessionRecord

Event = dict[str, Any]

ORDER = [
    *("SessionOpened", "VisitorIdentified", "QueueEntered", "StaffAssigned", "MessageOffered"),
    *("StaffLost", "StaffBack"),
    *("VisitorWrote", "RobotAnswered", "StaffWrote", "Pinned", "Unpinned", "AlarmRaised"),
    *("RatingInvited", "VisitorRated", "CategoryChosen", "RemarkWritten", "CustomFieldsFilled", "StatusMarked"),
    *("MessageTreated", "SuccessorNamed", "HandedToPerson", "TransferredAway", "TakenOver", "SessionClosed"),
    "RatingWindowClosed",
]
"""Which of two events within one millisecond and one sequence comes first."""

ENDINGS = ("HandedToPerson", "TransferredAway", "TakenOver", "SessionClosed")
SUCCESSIONS = ENDINGS[:3]

LIVE = ("opened", "queued", "served", "robot", "message")
CLERICAL = (*LIVE, "ended", "sealed")
PHASES_OF = {
    "SessionOpened person": ("new",),
    "SessionOpened robot": ("new",),
    "SessionOpened message": ("new",),
    "QueueEntered": ("opened", "queued"),
    "StaffAssigned": ("opened", "queued", "message"),
    "VisitorIdentified": CLERICAL,
    "MessageOffered": ("opened", "queued"),
    "StaffLost": ("queued", "served"),
    "StaffBack": ("queued", "served"),
    "VisitorWrote": LIVE,
    "RobotAnswered": ("robot",),
    "StaffWrote": ("served",),
    "StaffWrote automatic": ("opened", "queued", "served", "message"),
    "Pinned": ("served",),
    "Unpinned": ("served",),
    "AlarmRaised": LIVE,
    "RatingInvited": ("served", "robot", "ended"),
    "VisitorRated": ("served", "robot", "ended"),
    "CategoryChosen": CLERICAL,
    "RemarkWritten": CLERICAL,
    "CustomFieldsFilled": CLERICAL,
    "StatusMarked": CLERICAL,
    "MessageTreated": ("message", "ended", "sealed"),
    "HandedToPerson": ("robot",),
    "TransferredAway": ("served",),
    "TakenOver": ("served",),
    **{f"SessionClosed {reason}": LIVE for reason in (0, 1, 2, 4, 7, 8, 10, 11, 12, 13, 16)},
    "SuccessorNamed": ("served", "robot", "ended", "sealed"),
    "RatingWindowClosed": ("ended",),
}
"""What may happen -> the phases of a session in which it may."""

SIGNS_OF_PHASE = {
    "sealed": {"RatingWindowClosed"},
    "ended": {*ENDINGS},
    "served": {"StaffAssigned"},
    "message": {"MessageOffered"},
    "queued": {"QueueEntered"},
}
"""Phase -> what has happened once it is reached; the furthest stands first."""

RATINGS_OF_MODEL = {0: [], 2: [1, 100], 3: [1, 50, 100], 5: [1, 25, 50, 75, 100]}
ENDER_OF_REASON = {0: 2, 1: 1, 2: 3, 3: 1, 4: 3, 5: 2, 6: 2, 7: 1, 8: 3, 9: 3, 10: 3, 11: 3, 12: 1, 13: 3, 16: 3}
TYPE_OF_ORIGIN = {"FromRobot": 1, "FromHistory": 3, "FromTransfer": 4, "FromTakeOver": 5}
TYPE_OF_SUCCESSION = {"HandedToPerson": 2, "TransferredAway": 4, "TakenOver": 5}
MS_OF_MINUTE = 60_000


def judge(events: list[Event], *, rating_window_minutes: int = 10, may_rate_again: bool = True) -> SessionRecord | None:
    """The record that these events of one session make, in whatever order and however often they came."""
    happened, _ = sort_out(events, rating_window_minutes=rating_window_minutes, may_rate_again=may_rate_again)
    return record_of(happened)


def record_of(happened: list[Event]) -> SessionRecord | None:
    """The record of a session in which exactly this happened; None while it has not ended."""
    if phase(happened) not in {"ended", "sealed"}:
        return None
    return SessionRecord(
        **fields_of_opening(happened),
        **fields_of_routing(happened),
        **fields_of_messages(happened),
        **fields_of_rating(happened),
        **fields_of_notes(happened),
        **fields_of_end(happened),
        **fields_of_links(happened),
    )


def sort_out(
    events: list[Event], *, rating_window_minutes: int = 10, may_rate_again: bool = True
) -> tuple[list[Event], list[tuple[Event, str]]]:
    """The events that happened, and those that were refused with the reason why."""
    happened: list[Event] = []
    refused: list[tuple[Event, str]] = []
    once = {event["id"]: event for event in events}
    window = rating_window_minutes * MS_OF_MINUTE
    for event in sorted(once.values(), key=place):
        why = objection(event, happened, window, may_rate_again)
        if why:
            refused.append((event, why))
        else:
            happened.append(event)
    return happened, refused


def place(event: Event) -> tuple[int, int, int, str]:
    """What decides which of two events comes first."""
    return event["at"], event.get("sequence", 0), ORDER.index(event["type"]), event["id"]


def phase(happened: list[Event]) -> str:
    """How far the session is, by the furthest of what has happened."""
    names = {event["type"] for event in happened}
    for phase_reached, signs in SIGNS_OF_PHASE.items():
        if not names.isdisjoint(signs):
            return phase_reached
    return {"person": "opened", "robot": "robot", "message": "message"}[happened[0]["kind"]] if happened else "new"


def cue(event: Event) -> str:
    name = event["type"]
    if name == "SessionOpened":
        return f"SessionOpened {event['kind']}"
    if name == "SessionClosed":
        return f"SessionClosed {event['closeReason']}"
    if name == "StaffWrote" and event.get("isAutomatic", False):
        return "StaffWrote automatic"
    return name


def objection(event: Event, happened: list[Event], window: int, may_rate_again: bool) -> str:
    """Why the event cannot happen after these; empty text when it can."""
    now = phase(happened)
    if now not in PHASES_OF[cue(event)]:
        return f"{event['type']} while {now}"
    name = event["type"]
    if name in {"RatingInvited", "VisitorRated"}:
        return objection_to_rating(event, happened, window, may_rate_again)
    if name in {"Pinned", "Unpinned", "StaffLost", "StaffBack"}:
        return objection_to_repetition(event, happened)
    if name == "MessageTreated":
        return objection_to_treatment(happened)
    if name == "SuccessorNamed":
        return objection_to_successor(event, happened)
    is_early = event["type"] == "RatingWindowClosed" and event["at"] < ending_of(happened)["at"] + window
    return "window closed early" if is_early else ""


def objection_to_rating(event: Event, happened: list[Event], window: int, may_rate_again: bool) -> str:
    name, model, end = event["type"], happened[0].get("evaluationType", 0), ending_of(happened)
    objections = {
        f"{name} without a model": model == 0,
        f"{name} without service": happened[0]["kind"] != "robot" and not all_of(happened, "StaffAssigned"),
        f"{name} too late": end and event["at"] > end["at"] + window,
    }
    if name == "VisitorRated":
        objections["rating of another model"] = event["evaluation"] not in RATINGS_OF_MODEL[model]
        objections["rated twice"] = not may_rate_again and all_of(happened, "VisitorRated")
    return next((why for why, holds in objections.items() if holds), "")


def objection_to_repetition(event: Event, happened: list[Event]) -> str:
    """Pins and losses alternate with their ends; who is newly assigned is not lost."""
    pin, loss = ("Pinned", ["Unpinned"]), ("StaffLost", ["StaffBack", "StaffAssigned", "MessageOffered"])
    beginning, endings = pin if event["type"] in {"Pinned", "Unpinned"} else loss
    holds = latest(happened, beginning, *endings).get("type") == beginning
    return f"{event['type']} twice" if holds == (event["type"] == beginning) else ""


def objection_to_treatment(happened: list[Event]) -> str:
    if not stayed_message(happened):
        return "treated, but no left message"
    return "treated twice" if all_of(happened, "MessageTreated") else ""


def objection_to_successor(event: Event, happened: list[Event]) -> str:
    if event["toSession"] == event["session"]:
        return "successor of itself"
    end = ending_of(happened)
    if end and end["type"] not in SUCCESSIONS:
        return "successor of a session without one"
    return "successor known already" if successor(happened) else ""


def all_of(happened: list[Event], *names: str) -> list[Event]:
    return [event for event in happened if event["type"] in names]


def first(happened: list[Event], *names: str) -> Event:
    """The first event of these types; an empty one when there is none."""
    for event in happened:
        if event["type"] in names:
            return event
    return {}


def latest(happened: list[Event], *names: str) -> Event:
    """The last event of these types; an empty one when there is none."""
    return first(happened[::-1], *names)


def ending_of(happened: list[Event]) -> Event:
    return first(happened, *ENDINGS)


def successor(happened: list[Event]) -> int:
    """The session that follows from this one, as far as it is known; else 0."""
    at_the_end = latest(happened, *SUCCESSIONS).get("toSession", 0)
    return at_the_end or latest(happened, "SuccessorNamed").get("toSession", 0)


def stayed_message(happened: list[Event]) -> bool:
    """Whether it is a left message: begun or turned into one, and nobody came to serve after all."""
    was_message = happened[0]["kind"] == "message" or all_of(happened, "MessageOffered")
    return bool(was_message) and not all_of(happened, "StaffAssigned")


def by_hand(happened: list[Event]) -> list[Event]:
    """Messages that answer a visitor: of staff by hand, or of the robot."""
    return [event for event in all_of(happened, "StaffWrote", "RobotAnswered") if not event.get("isAutomatic", False)]


def fields_of_opening(happened: list[Event]) -> dict[str, Any]:
    opening = happened[0]
    previous = opening.get("previousVisitAt", 0)
    visitor = latest(happened, "SessionOpened", "VisitorIdentified")
    return {
        "id": opening["session"],
        "interaction": 1 if opening["kind"] == "robot" else 0,
        "beginer": 2 if opening.get("by", "visitor") == "staff" else 1,
        "evaluation_type": opening.get("evaluationType", 0),
        "foreign_id": visitor.get("foreignId", ""),
        "from_ip": opening.get("fromIp", ""),
        "from_page": opening.get("fromPage", ""),
        "from_title": opening.get("fromTitle", ""),
        "from_type": opening.get("fromType", ""),
        "land_page": opening.get("landPage", ""),
        "origin_platform": opening.get("originPlatform", ""),
        "search_key": opening.get("searchKey", ""),
        "user_id": visitor.get("userId", 0),
        "vip_level": visitor.get("vipLevel", 0),
        "visit_range": max(0, opening["at"] - previous) if previous else 0,
    }


def fields_of_routing(happened: list[Event]) -> dict[str, Any]:
    opening, assigned, queued = happened[0], first(happened, "StaffAssigned"), first(happened, "QueueEntered")
    routed = all_of(happened, "QueueEntered", "StaffAssigned")
    asked_for = [event["fromStaff"] for event in routed if event.get("fromStaff", "")]
    group_id, group, overflow = group_of(routed)
    robot = "机器人" if opening["kind"] == "robot" else ""
    queue_left = first(happened, "StaffAssigned", "MessageOffered", *ENDINGS)
    return {
        "start_time": assigned.get("at", opening["at"]),
        "staff_id": assigned.get("staffId", 0),
        "staff_name": assigned.get("staffName", robot),
        "in_queue_time": queue_left["at"] - queued["at"] if queued else 0,
        "from_group_id": group_id,
        "from_group": group,
        "from_staff": asked_for[-1] if asked_for else "",
        "overflow_from": overflow,
    }


def group_of(routed: list[Event]) -> tuple[int, str, str]:
    """Id and name of the group routed to last, and where its visitors overflowed from since."""
    group_id, name, since = 0, "", 0
    for number, event in enumerate(routed):
        new_id, new_name = event.get("fromGroupId", 0), event.get("fromGroup", "")
        is_another = new_id != group_id or new_name not in {"", name}
        if (new_id or new_name) and is_another:
            group_id, name, since = new_id, new_name, number
    overflows = [event["overflowFrom"] for event in routed[since:] if event.get("overflowFrom", "")]
    return group_id, name, overflows[-1] if overflows else ""


def fields_of_messages(happened: list[Event]) -> dict[str, Any]:
    asked, answers = all_of(happened, "VisitorWrote"), by_hand(happened)
    rounds = rounds_of(happened)
    return {
        "user_message_count": len(asked),
        "staff_message_count": len(answers),
        "is_valid": 1 if asked else 0,
        "client_first_message_time": asked[0]["at"] if asked else 0,
        "staff_first_reply_time": rounds[0][1]["at"] if rounds else 0,
        "first_reply_cost": rounds[0][1]["at"] - asked[0]["at"] if rounds else 0,
        "round_number": len(rounds),
        "avg_resp_duration": sum(reply["at"] - ask["at"] for ask, reply in rounds) // len(rounds) if rounds else 0,
    }


def rounds_of(happened: list[Event]) -> list[tuple[Event, Event]]:
    """Each answer with the first message that it answers: of those between it and the answer before."""
    rounds = []
    places = [happened.index(answer) for answer in by_hand(happened)]
    for before, place in zip([0, *places], places, strict=False):
        question = first(happened[before:place], "VisitorWrote")
        if question:
            rounds.append((question, happened[place]))
    return rounds


def fields_of_rating(happened: list[Event]) -> dict[str, Any]:
    rating, has_model = latest(happened, "VisitorRated"), happened[0].get("evaluationType", 0) != 0
    until = happened.index(rating) if rating else len(happened)
    was_asked = bool(first(happened[:until], "RatingInvited"))
    by_staff = [event for event in all_of(happened, "RatingInvited") if event.get("by", "staff") == "staff"]
    return {
        "evaluation": rating.get("evaluation", 0),
        "evaluation_remark": rating.get("evaluationRemark", ""),
        "user_resolved_status": rating.get("userResolvedStatus", 0),
        "user_join_evaluate_time": str(rating.get("at", -1)),
        "staff_invited_evaluate_time": str(by_staff[0]["at"] if by_staff else -1),
        "is_staff_invited": ("1" if by_staff else "2") if has_model else "0",
        "is_evaluation_invited": 0 if was_asked else 1 if rating else -1,
    }


def fields_of_notes(happened: list[Event]) -> dict[str, Any]:
    filled = latest(happened, "CustomFieldsFilled").get("customField", [])
    return {
        "alarm_times": len(all_of(happened, "AlarmRaised")),
        "category": latest(happened, "CategoryChosen").get("category", ""),
        "category_detail": latest(happened, "CategoryChosen").get("categoryDetail", ""),
        "remarks": latest(happened, "RemarkWritten").get("remarks", ""),
        "status": latest(happened, "StatusMarked").get("status", -1),
        "custom_field": tuple(CustomField(one["fieldId"], one["fieldName"], one["fieldValue"]) for one in filled),
        "stick_duration": pinned_for(happened),
    }


def pinned_for(happened: list[Event]) -> int:
    """Pins and releases alternate; what holds at the end is released by it."""
    pins = [event["at"] for event in all_of(happened, "Pinned")]
    releases = [event["at"] for event in all_of(happened, "Unpinned", *ENDINGS)]
    return sum(release - pin for pin, release in zip(pins, releases, strict=False))


def fields_of_end(happened: list[Event]) -> dict[str, Any]:
    end = ending_of(happened)
    reason = {
        "HandedToPerson": 3,
        "TransferredAway": 9 if end.get("isSilent", False) else 5,
        "TakenOver": 6,
        "SessionClosed": end.get("closeReason"),
    }[end["type"]]
    was_lost = reason in {11, 12, 13} or all_of(happened, "QueueEntered")
    is_lost = was_lost and not all_of(happened, "StaffAssigned")
    is_message = stayed_message(happened)
    treated = first(happened, "MessageTreated").get("at", 0)
    return {
        "end_time": end["at"],
        "close_reason": reason,
        "ender": ENDER_OF_REASON[reason],
        "s_type": "1" if is_message else "3" if is_lost else "0",
        "treated_time": treated if is_message else 0,
    }


def fields_of_links(happened: list[Event]) -> dict[str, Any]:
    origin, end = happened[0].get("cameFrom") or {}, ending_of(happened)
    onward = successor(happened) if end["type"] in SUCCESSIONS else 0
    here = origin if origin.get("type") == "FromTransfer" else {}
    word = "静默转接" if here.get("isSilent", False) else "人工转接"
    from_robot = origin.get("transferRgType", "") if happened[0]["kind"] != "robot" else ""
    return {
        "related_id": origin.get("session", onward),
        "related_type": TYPE_OF_ORIGIN[origin["type"]] if origin else TYPE_OF_SUCCESSION[end["type"]] if onward else 0,
        "transfer_rg_type": end.get("transferRgType", from_robot),
        "human_transfer_session_id": here.get("session", 0),
        "transfer_from_staff_name": here.get("transferFromStaffName", ""),
        "transfer_from_group": here.get("transferFromGroup", ""),
        "transfer_remarks": here.get("transferRemarks", ""),
        "transfer_type": word if here else "",
        "from_human_transfer": 1 if here else 0,
    }
