"""The figures of a week are what a shop's contact centre would call an ordinary week. Run with -rP to see them."""

import sys
from collections import Counter
from statistics import mean, median

import pytest
from centre_week import DAY_MS, HOUR_MS


@pytest.fixture(scope="module")
def records(week):
    return [one.record for one in week]


@pytest.fixture(scope="module")
def with_people(records):
    return [record for record in records if record.interaction == 0]


@pytest.fixture(scope="module")
def served(with_people):
    return [record for record in with_people if record.staff_id]


@pytest.fixture(scope="module")
def with_robot(records):
    return [record for record in records if record.interaction == 1]


def between(name, least, value, most):
    """Say the figure, and whether it is plausible."""
    sys.stdout.write(f"{name}: {value:.4g} ({least} to {most})\n")
    assert least <= value <= most, name


def share(records, is_one):
    return mean(is_one(record) for record in records)


def test_sessions_a_day_are_what_was_asked_for(records):
    between("sessions a day", 1700, len(records) / 7, 2300)


def test_nights_are_quiet_and_noon_and_evening_busy(week):
    hours = Counter((one.opened.at + 8 * HOUR_MS) % DAY_MS // HOUR_MS for one in week)
    night = mean(hours[hour] for hour in (1, 2, 3, 4, 5))
    between("noon against night", 10, mean(hours[hour] for hour in (11, 12, 13)) / night, 60)
    between("evening against afternoon", 1.05, mean((hours[19], hours[20])) / mean((hours[15], hours[16])), 2.5)


def test_the_robot_contains_about_half(with_robot):
    between("robot containment", 0.45, share(with_robot, lambda record: record.close_reason != 3), 0.7)
    between("rounds with the robot", 1.3, mean(record.round_number for record in with_robot), 3)


def test_visitors_ask_for_a_person_more_often_than_the_robot_gives_up(with_robot):
    kinds = Counter(record.transfer_rg_type for record in with_robot if record.transfer_rg_type)
    assert "主动转人工" == kinds.most_common(1)[0][0]
    between("asked for a person", 0.35, kinds["主动转人工"] / kinds.total(), 0.6)


def test_replies_take_seconds_with_a_heavy_tail(served):
    costs = sorted(record.first_reply_cost for record in served if record.first_reply_cost)
    between("median first reply, s", 10, median(costs) / 1000, 60)
    between("p99 first reply against the median", 4, costs[len(costs) * 99 // 100] / median(costs), 30)
    between("median mean reply, s", 10, median(r.avg_resp_duration for r in served if r.round_number) / 1000, 60)


def test_talks_are_a_few_rounds_and_minutes_long(served):
    between("rounds", 3, mean(record.round_number for record in served if record.is_valid), 7)
    between("median minutes", 3, median(record.end_time - record.start_time for record in served) / 60_000, 12)
    between("visitor's words to staff's", 0.7, words_ratio(served), 1.4)


def words_ratio(served):
    return sum(record.user_message_count for record in served) / sum(record.staff_message_count for record in served)


def test_some_queue_and_few_give_up(with_people):
    queued = [record for record in with_people if record.in_queue_time]
    between("share that queued", 0.03, len(queued) / len(with_people), 0.3)
    between("gave up", 0.003, share(with_people, lambda record: record.close_reason == 12), 0.15)
    between("gave up of those that queued", 0.05, share(queued, lambda record: record.close_reason == 12), 0.5)
    between("median queue, s", 15, median(record.in_queue_time for record in queued) / 1000, 240)
    between("overflow", 0.005, share(with_people, lambda record: bool(record.overflow_from)), 0.1)


def test_most_talks_are_ended_by_staff_or_by_silence(with_people):
    reasons = Counter(record.close_reason for record in with_people)
    total = reasons.total()
    for reason, count in sorted(reasons.items()):
        sys.stdout.write(f"close reason {reason}: {count / total:.2%}\n")
    assert [0, 2] == [reason for reason, _ in reasons.most_common(2)]
    for least, reason, most in ((0.3, 0, 0.5), (0.12, 2, 0.3), (0.02, 5, 0.08), (0.003, 6, 0.03), (0.005, 9, 0.04)):
        between(f"close reason {reason}", least, reasons[reason] / total, most)


def test_messages_are_left_at_night_and_when_it_is_full(with_people):
    between("left messages", 0.02, share(with_people, lambda record: record.s_type == "1"), 0.15)


def test_an_invitation_raises_participation(served):
    asked = [record for record in served if record.is_staff_invited == "1"]
    unasked = [record for record in served if record.is_evaluation_invited != 0]
    between("participation", 0.15, share([r for r in served if r.is_valid], lambda r: r.evaluation > 0), 0.5)
    between("after an invitation by staff", 0.35, share(asked, lambda record: record.evaluation > 0), 0.6)
    between("unasked", 0.005, share(unasked, lambda record: record.evaluation > 0), 0.1)


def test_most_raters_are_content_and_those_who_waited_less_so(served):
    rated = [record for record in served if record.evaluation]
    slow = [record for record in rated if record.avg_resp_duration > 60_000]
    between("content", 0.7, share(rated, is_content), 0.95)
    assert share(slow, is_content) < share(rated, is_content)


def is_content(record):
    return record.evaluation == 100 or (record.evaluation_type == 5 and record.evaluation == 75)


def test_replies_are_slower_when_staff_are_busy(week):
    by_hour = Counter((one.opened.at + 8 * HOUR_MS) // HOUR_MS for one in week)
    busiest = {hour for hour, _ in by_hour.most_common(12)}
    served = [one.record for one in week if one.record.staff_id and one.record.first_reply_cost]
    busy = [record for record in served if (record.start_time + 8 * HOUR_MS) // HOUR_MS in busiest]
    assert median(r.first_reply_cost for r in busy) > 1.1 * median(r.first_reply_cost for r in served)


def test_staff_write_down_most_of_what_they_did(served):
    valid = [record for record in served if record.is_valid and record.close_reason in {0, 1, 2, 7, 8}]
    between("category", 0.7, share(valid, lambda record: record.category != ""), 0.95)
    between("solved mark", 0.6, share(valid, lambda record: record.status >= 0), 0.9)
    between("remark", 0.3, share(valid, lambda record: record.remarks != ""), 0.6)
    between("custom fields", 0.2, share(valid, lambda record: record.custom_field != ()), 0.5)


def test_visitors_come_back_and_some_are_members(week):
    visits = [one.record for one in week if one.opened.came_from is None]
    between("returning", 0.3, share(visits, lambda record: record.visit_range > 0), 0.6)
    between("known to the shop", 0.4, share(visits, lambda record: record.foreign_id != ""), 0.75)
    between("members with a tier", 0.05, share(visits, lambda record: record.vip_level > 0), 0.3)
    assert min(record.visit_range for record in visits if record.visit_range) >= HOUR_MS // 2


def test_only_browsers_know_what_was_searched(records):
    assert {"web"} == {record.from_type for record in records if record.search_key}
    assert {"百度", "必应"} == {record.origin_platform for record in records if record.search_key}


def test_work_is_spread_over_the_staff(served):
    counts = Counter(record.staff_name for record in served)
    assert len(counts) >= 24
    assert max(counts.values()) < 0.12 * counts.total()
