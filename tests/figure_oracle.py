"""What every figure must be, told again in plain Python over plain dicts: the judge of the figures.

Written from the definitions in docs/reference/figures.md, not from the code: it shares nothing with it.
A row is the dict of a record's fields, with `tenant` and `followed` (whether a session for a person followed).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

__all__ = ["ORACLES", "Answer", "rated"]

Row = dict
Answer = tuple
"""(value, numerator, denominator, left out)."""
Test = Callable[[Row], bool]


def number_of(row):
    return int(row["s_type"]) if row["s_type"] in tuple("0123456789") else -1


def moment(text):
    return int(text) if text.isascii() and text.isdigit() and int(text) < 2**63 else 0


def person(row):
    return row["interaction"] == 0


def robot(row):
    return row["interaction"] == 1


def received(row):
    return person(row) and row["s_type"] == "0"


def valid(row):
    return received(row) and row["is_valid"] == 1


def says_valid(row):
    return row["is_valid"] in {0, 1}


def left_message(row):
    return row["s_type"] in {"1", "2"}


def lost(row):
    return person(row) and row["s_type"] == "3"


def talked(row):
    return received(row) and row["round_number"] >= 1


def queued(row):
    return person(row) and (row["in_queue_time"] > 0 or row["s_type"] == "3" or row["close_reason"] in {11, 12, 13})


def waited(row):
    return received(row) and row["in_queue_time"] != 0


def gave_up(row):
    return person(row) and (row["close_reason"] == 12 or (row["s_type"] == "3" and row["close_reason"] in {1, 7}))


def replied(row):
    return row["staff_first_reply_time"] > 0


def answered(row):
    return received(row) and replied(row) and row["client_first_message_time"] > 0


def rated(row):
    ratings = {2: (1, 100), 3: (1, 50, 100), 5: (1, 25, 50, 75, 100)}
    return row["evaluation"] in ratings.get(row["evaluation_type"], ())


def says_rated(row):
    return row["evaluation"] <= 0 or rated(row)


def positive(row):
    return (row["evaluation_type"], row["evaluation"]) in {(2, 100), (3, 100), (5, 75), (5, 100)}


def rated_received(row):
    return received(row) and rated(row)


def invited(row):
    return received(row) and moment(row["staff_invited_evaluate_time"]) > 0


def rated_at(row):
    return moment(row["user_join_evaluate_time"])


def says_delay(row):
    return rated_at(row) > 0 and row["end_time"] > 0


def late(row):
    return rated_received(row) and says_delay(row) and rated_at(row) > row["end_time"]


def delay(row):
    return rated_at(row) - row["end_time"]


def handed(row):
    return row["close_reason"] == 3 or row["related_type"] == 2


def used(row):
    return robot(row) and row["user_message_count"] > 0


def visit(row):
    was_taken_over = row["related_type"] == 5 and row["close_reason"] != 6
    return row["related_type"] != 1 and row["from_human_transfer"] != 1 and not was_taken_over


def contained(row):
    return not handed(row) and not row["followed"]


def within(seconds):
    return lambda row: answered(row) and 0 <= row["first_reply_cost"] <= seconds * 1000


def is_value(name, *values):
    return lambda row: row[name] in values


def above_zero(name):
    return lambda row: row[name] > 0


def not_negative(name):
    return lambda row: row[name] >= 0


def count(base, hit=None, judged=None):
    def answer(rows):
        bases = [row for row in rows if base(row)]
        clear = [row for row in bases if judged is None or judged(row)]
        hits = sum(1 for row in clear if hit is None or hit(row))
        return hits, hits, None, len(bases) - len(clear)

    return answer


def share(base, hit, judged=None):
    def answer(rows):
        hits, _, _, left_out = count(base, hit, judged)(rows)
        clear = sum(1 for row in rows if base(row)) - left_out
        return (float(Fraction(hits, clear)) if clear else None), hits, clear, left_out

    return answer


def known(base, is_known, rows):
    bases = [row for row in rows if base(row)]
    clear = [row for row in bases if is_known(row)]
    return clear, len(bases) - len(clear)


def total(base, name):
    def answer(rows):
        clear, left_out = known(base, not_negative(name), rows)
        found = sum(row[name] for row in clear)
        return found, found, len(clear), left_out

    return answer


def mean(base, value, is_known):
    def answer(rows):
        clear, left_out = known(base, is_known, rows)
        found = sum(value(row) for row in clear)
        return (float(Fraction(found, len(clear))) if clear else None), found, len(clear), left_out

    return answer


def percentile(percent, base, value, is_known):
    def answer(rows):
        clear, left_out = known(base, is_known, rows)
        if not clear:
            return None, 0, 0, left_out
        place = -(-percent * len(clear) // 100)
        return sorted(value(row) for row in clear)[place - 1], place, len(clear), left_out

    return answer


def ratio(base, above, below, is_known):
    def answer(rows):
        clear, left_out = known(base, is_known, rows)
        top, bottom = sum(above(row) for row in clear), sum(below(row) for row in clear)
        return (float(Fraction(top, bottom)) if bottom else None), top, bottom, left_out

    return answer


def of(name):
    return lambda row: row[name]


WAIT = (of("in_queue_time"), lambda row: 0 <= row["in_queue_time"] < 10**11)
FIRST_REPLY = (of("first_reply_cost"), not_negative("first_reply_cost"))
RESPONSE = (of("avg_resp_duration"), not_negative("avg_resp_duration"))
LENGTH = (
    lambda row: row["end_time"] - row["start_time"],
    lambda row: row["start_time"] > 0 and row["end_time"] >= row["start_time"],
)
ROUNDS = (of("round_number"), not_negative("round_number"))
PINNED = (of("stick_duration"), not_negative("stick_duration"))


def pinned(row):
    return person(row) and row["stick_duration"] > 0


def rated_of(model):
    return lambda row: rated_received(row) and row["evaluation_type"] == model


HOUR = 3_600_000
NOT_REPLIED = lambda row: not replied(row)  # noqa: E731 - one line of a table
VIP = lambda row: 1 <= row["vip_level"] <= 11  # noqa: E731 - one line of a table
ENDER = is_value("ender", 1, 2, 3)
MARKED = is_value("status", 0, 1, 2)


def again(hours):
    return lambda row: 0 < row["visit_range"] <= hours * HOUR


ORACLES: dict[str, Callable[[list[Row]], Answer]] = {
    "sessions": count(lambda _: True),
    "person_sessions": count(person),
    "robot_sessions": count(robot),
    "received_sessions": count(received),
    "valid_sessions": count(received, valid, says_valid),
    "valid_share": share(received, valid, says_valid),
    "invalid_sessions": count(received, is_value("is_valid", 0), says_valid),
    "begun_by_staff": count(received, is_value("beginer", 2)),
    "left_messages": count(left_message),
    "left_messages_treated": count(left_message, above_zero("treated_time")),
    "left_messages_treated_share": share(left_message, above_zero("treated_time")),
    "queue_entries": count(queued),
    "queue_share": share(person, queued),
    "wait_mean": mean(waited, *WAIT),
    "wait_p50": percentile(50, waited, *WAIT),
    "wait_p90": percentile(90, waited, *WAIT),
    "wait_p95": percentile(95, waited, *WAIT),
    "wait_max": percentile(100, waited, *WAIT),
    "queue_lost": count(lost),
    "queue_gave_up": count(gave_up),
    "queue_gave_up_share": share(queued, gave_up),
    "queue_gave_up_wait_mean": mean(gave_up, *WAIT),
    "queue_gave_up_wait_p50": percentile(50, gave_up, *WAIT),
    "queue_cleared": count(person, is_value("close_reason", 11, 13)),
    "overflow": count(person, lambda row: row["overflow_from"] != ""),
    "overflow_share": share(person, lambda row: row["overflow_from"] != ""),
    "first_reply_mean": mean(answered, *FIRST_REPLY),
    "first_reply_p50": percentile(50, answered, *FIRST_REPLY),
    "first_reply_p90": percentile(90, answered, *FIRST_REPLY),
    "first_reply_p95": percentile(95, answered, *FIRST_REPLY),
    "first_reply_max": percentile(100, answered, *FIRST_REPLY),
    "first_reply_within_15s": share(talked, within(15)),
    "first_reply_within_30s": share(talked, within(30)),
    "first_reply_within_60s": share(talked, within(60)),
    "response_mean": ratio(
        talked,
        lambda row: row["avg_resp_duration"] * row["round_number"],
        of("round_number"),
        not_negative("avg_resp_duration"),
    ),
    "response_p50": percentile(50, talked, *RESPONSE),
    "response_p90": percentile(90, talked, *RESPONSE),
    "reply_rate": share(received, replied),
    "unanswered": count(valid, NOT_REPLIED),
    "unanswered_share": share(valid, NOT_REPLIED),
    "length_mean": mean(received, *LENGTH),
    "length_p50": percentile(50, received, *LENGTH),
    "length_p90": percentile(90, received, *LENGTH),
    "length_p95": percentile(95, received, *LENGTH),
    "length_max": percentile(100, received, *LENGTH),
    "pinned": count(pinned),
    "pinned_share": share(person, pinned),
    "pinned_mean": mean(pinned, *PINNED),
    "pinned_max": percentile(100, pinned, *PINNED),
    "rounds": total(received, "round_number"),
    "rounds_mean": mean(received, *ROUNDS),
    "rounds_p50": percentile(50, received, *ROUNDS),
    "staff_messages": total(received, "staff_message_count"),
    "visitor_messages": total(received, "user_message_count"),
    "answer_to_question": ratio(
        received,
        of("staff_message_count"),
        of("user_message_count"),
        lambda row: row["staff_message_count"] >= 0 and row["user_message_count"] >= 0,
    ),
    "ratings": count(received, rated, says_rated),
    **{f"ratings_of_{model}": count(rated_of(model)) for model in (2, 3, 5)},
    **{f"rating_mean_of_{model}": mean(rated_of(model), of("evaluation"), lambda _: True) for model in (2, 3, 5)},
    "ratings_positive": count(received, positive, says_rated),
    "ratings_unasked": count(rated_received, is_value("is_evaluation_invited", 1)),
    "ratings_commented": count(rated_received, lambda row: row["evaluation_remark"] != ""),
    "participation": share(valid, rated, says_rated),
    "rating_invitations": count(invited),
    "participation_of_invited": share(
        invited,
        lambda row: rated(row) and rated_at(row) >= moment(row["staff_invited_evaluate_time"]),
        lambda row: not rated(row) or rated_at(row) > 0,
    ),
    "satisfaction_relative": share(rated_received, positive),
    "satisfaction_absolute": share(valid, positive, says_rated),
    "late_ratings": count(rated_received, late, says_delay),
    "late_ratings_share": share(rated_received, late, says_delay),
    **{
        f"late_ratings_within_{minutes}min": count(late, lambda row, most=minutes * 60_000: delay(row) <= most)
        for minutes in (10, 60, 480)
    },
    "late_rating_delay_p50": percentile(50, late, delay, lambda _: True),
    "late_rating_delay_p90": percentile(90, late, delay, lambda _: True),
    "late_rating_delay_max": percentile(100, late, delay, lambda _: True),
    "solved": count(received, is_value("status", 1)),
    "solved_share": share(received, is_value("status", 1), MARKED),
    "in_progress": count(received, is_value("status", 2)),
    "marked_share": share(received, MARKED),
    "solved_by_visitor": count(received, is_value("user_resolved_status", 1)),
    "solved_by_visitor_share": share(
        received, is_value("user_resolved_status", 1), is_value("user_resolved_status", 1, 2)
    ),
    "solved_disputed": count(received, lambda row: row["status"] == 1 and row["user_resolved_status"] == 2),
    "transfers_in": count(received, is_value("from_human_transfer", 1)),
    "transfers_in_share": share(received, is_value("from_human_transfer", 1)),
    "silent_transfers_in": count(received, is_value("transfer_type", "静默转接")),
    "transfers_out": count(received, is_value("close_reason", 5, 9)),
    "transfers_out_share": share(received, is_value("close_reason", 5, 9)),
    "silent_transfers_out": count(received, is_value("close_reason", 9)),
    "silent_transfers_out_share": share(received, is_value("close_reason", 9)),
    "taken_over": count(received, is_value("close_reason", 6)),
    "robot_used": count(used),
    "robot_contained": count(used, contained),
    "robot_containment": share(used, contained),
    "robot_hand_overs": count(robot, handed),
    "robot_hand_over_share": share(robot, handed),
    "from_robot": count(person, is_value("related_type", 1)),
    "from_robot_share": share(person, is_value("related_type", 1)),
    "robot_rounds_mean": mean(robot, *ROUNDS),
    "ended_by_visitor_share": share(person, is_value("ender", 1), ENDER),
    "ended_by_staff_share": share(person, is_value("ender", 2), ENDER),
    "ended_by_system_share": share(person, is_value("ender", 3), ENDER),
    "closed_staff_lost": count(person, is_value("close_reason", 4)),
    "closed_timed_out": count(person, is_value("close_reason", 8)),
    "closed_silent_visitor": count(person, is_value("close_reason", 10)),
    "closed_visitor_silent_too_long": count(person, is_value("close_reason", 2)),
    "visits": count(visit),
    "repeats_24h": count(visit, again(24)),
    "repeats_24h_share": share(visit, again(24)),
    "repeats_168h": count(visit, again(168)),
    "repeats_168h_share": share(visit, again(168)),
    "since_last_visit_p50": percentile(
        50, lambda row: visit(row) and row["visit_range"] > 0, of("visit_range"), lambda _: True
    ),
    "vip_sessions": count(received, VIP),
    "vip_share": share(received, VIP),
    "alarms": total(person, "alarm_times"),
    "alarmed_sessions": count(person, above_zero("alarm_times")),
    "alarmed_share": share(person, above_zero("alarm_times")),
}
