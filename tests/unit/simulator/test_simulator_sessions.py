"""Made-up sessions are plausible, repeatable, and never contradict themselves."""

from collections import Counter
from itertools import islice
from statistics import mean, median

import pytest

from afterchat.contract.codec import Decoded, decode, encode
from afterchat.simulator.sessions import made_up_sessions

NOW_MS = 1_750_000_000_000

# Written down from the reference notes, not taken from the simulator.
ENDERS = {0: 2, 1: 1, 2: 3, 3: 1, 4: 3, 5: 2, 6: 2, 7: 1, 8: 3, 9: 3, 10: 3, 11: 3, 12: 1, 13: 3, 16: 3}
RATINGS = {2: {1, 100}, 3: {1, 50, 100}, 5: {1, 25, 50, 75, 100}}


@pytest.fixture(scope="module")
def sessions():
    return list(islice(made_up_sessions(7, NOW_MS), 3000))


def test_same_seed_gives_the_same_sessions():
    assert list(islice(made_up_sessions(1, NOW_MS), 50)) == list(islice(made_up_sessions(1, NOW_MS), 50))


def test_another_seed_gives_other_sessions():
    first, second = (set(islice(made_up_sessions(seed, NOW_MS), 50)) for seed in (1, 2))
    assert {record.id for record in first}.isdisjoint(record.id for record in second)


def test_ids_ascend(sessions):
    ids = [record.id for record in sessions]
    assert ids == sorted(set(ids))


def test_records_are_canonical_and_drift_free(sessions):
    for record in sessions:
        assert decode(encode(record)) == Decoded(record, (), ())


def test_bodies_are_about_as_long_as_real_ones(sessions):
    lengths = [len(encode(record)) for record in sessions]
    assert 1300 <= mean(lengths) <= 1900
    assert max(lengths) < 4000


def test_sessions_end_near_now_and_begin_before(sessions):
    for record in sessions:
        assert NOW_MS - 600_000 < record.end_time <= NOW_MS
        assert 0 < record.start_time <= record.end_time


def test_ender_agrees_with_close_reason(sessions):
    assert [record.ender for record in sessions] == [ENDERS[record.close_reason] for record in sessions]


def test_session_is_valid_exactly_when_the_visitor_wrote(sessions):
    for record in sessions:
        assert record.is_valid == (1 if record.user_message_count else 0)
        assert (record.client_first_message_time > 0) == (record.user_message_count > 0)


def test_first_reply_cost_is_the_time_between_the_two_moments(sessions):
    for record in sessions:
        if record.staff_first_reply_time and record.client_first_message_time:
            assert record.first_reply_cost == record.staff_first_reply_time - record.client_first_message_time > 0
        else:
            assert record.first_reply_cost == 0


def test_moments_of_a_talk_follow_each_other(sessions):
    for record in sessions:
        if record.staff_first_reply_time:
            assert record.start_time <= record.staff_first_reply_time <= record.end_time
        assert (record.avg_resp_duration > 0) == (record.round_number > 0)
        assert record.staff_message_count >= record.round_number <= record.user_message_count


def test_ratings_belong_to_their_model_and_their_moments(sessions):
    rated = [record for record in sessions if record.evaluation]
    assert {record.evaluation_type for record in rated} == {2, 3, 5}
    for record in sessions:
        assert (record.user_join_evaluate_time != "-1") == (record.evaluation > 0)
        assert (record.is_staff_invited == "1") == (record.staff_invited_evaluate_time != "-1")
        if record.evaluation:
            assert record.evaluation in RATINGS[record.evaluation_type]
            assert record.is_evaluation_invited == (0 if record.is_staff_invited == "1" else 1)
        if record.evaluation and record.is_staff_invited == "1":
            assert int(record.staff_invited_evaluate_time) <= int(record.user_join_evaluate_time) <= record.end_time


def test_transfers_name_where_they_come_from(sessions):
    for record in sessions:
        assert (record.from_human_transfer == 1) == (record.human_transfer_session_id > 0)
        assert (record.transfer_type != "") == (record.from_human_transfer == 1)
        assert (record.related_id > 0) == (record.related_type > 0)


def test_every_kind_of_session_occurs(sessions):
    kinds = Counter((record.interaction, record.s_type) for record in sessions)
    assert {(0, "0"), (1, "0"), (0, "1"), (0, "2"), (0, "3")} == set(kinds)
    assert {record.staff_name for record in sessions if record.interaction == 1} == {"机器人"}
    assert {record.related_type for record in sessions} == {0, 1, 2, 4}
    assert any(record.treated_time for record in sessions)
    assert any(record.custom_field for record in sessions)


def test_durations_have_a_heavy_tail(sessions):
    costs = [record.first_reply_cost for record in sessions if record.first_reply_cost]
    assert max(costs) > 5 * median(costs)


@pytest.mark.parametrize("seed", [0, -1, 999_999_999, NOW_MS // 1000, 2**70])
def test_ids_of_any_seed_are_exact_in_a_browser(seed):
    assert 0 < next(made_up_sessions(seed, NOW_MS)).id < 2**53
