"""Simulated time laid onto the wall's: in real time, squeezed, or made up for; never before it happened."""

from itertools import islice, pairwise

import pytest
from centre_week import by_session

from afterchat.engine import Session, SessionOpened, Verdict, VisitorWrote
from afterchat.simulator.centre import Centre
from afterchat.simulator.pacing import backfill, real_time, squeezed

BEGIN = 1_800_000_000_000
NOW = 1_750_000_000_000
DAY_MS = 86_400_000


def wrote(after_ms, session=1):
    return VisitorWrote(id=f"{session}-{after_ms}", session=session, at=BEGIN + after_ms)


def played(pace, *events):
    return [(one.event.at - NOW, one.event.sequence, one.send_at - NOW) for one in pace.play(events)]


@pytest.fixture(scope="module")
def events():
    return list(islice(Centre(9, BEGIN, first_session_id=1).events(), 8_000))


def test_in_real_time_everything_is_sent_when_it_happens():
    assert [(0, 0, 0), (1500, 0, 1500)] == played(real_time(BEGIN, NOW), wrote(0), wrote(1500))


def test_squeezed_time_runs_so_many_times_faster():
    assert [(0, 0, 0), (25, 0, 25)] == played(squeezed(BEGIN, NOW, 60), wrote(0), wrote(1500))


def test_what_is_squeezed_into_one_millisecond_keeps_its_order():
    assert [(0, 1, 0), (0, 59, 0), (1, 0, 1)] == played(squeezed(BEGIN, NOW, 60), wrote(1), wrote(59), wrote(60))


def test_what_is_past_is_sent_at_once_and_the_rest_in_real_time():
    pace = backfill(BEGIN, NOW, 2)
    expected = [(-2 * DAY_MS, 0, 0), (-1, 0, 0), (0, 0, 0), (700, 0, 700)]
    assert expected == played(pace, wrote(0), wrote(2 * DAY_MS - 1), wrote(2 * DAY_MS), wrote(2 * DAY_MS + 700))


def test_the_visit_before_is_moved_along():
    opened = SessionOpened(id="1", session=1, at=BEGIN + 600, kind="person", previous_visit_at=BEGIN - 6000)
    first = SessionOpened(id="2", session=2, at=BEGIN + 600, kind="person")
    paced = list(squeezed(BEGIN, NOW, 60).play([opened, first]))
    assert [NOW - 100, 0] == [one.event.previous_visit_at for one in paced]


@pytest.mark.parametrize("pace", [real_time(BEGIN, NOW), squeezed(BEGIN, NOW, 47), backfill(BEGIN, NOW, 1)])
def test_nothing_is_sent_before_it_happened_or_out_of_order(pace, events):
    paced = list(pace.play(events))
    assert len(events) == len(paced)
    assert all(one.event.at <= one.send_at for one in paced)
    assert all(before.send_at <= after.send_at for before, after in pairwise(paced))


@pytest.mark.parametrize("speed", [1, 10, 60, 1000])
def test_the_engine_takes_every_squeezed_event(speed, events):
    paced = [one.event for one in squeezed(BEGIN, NOW, speed).play(events)]
    refused = []
    for session_id, own in by_session(paced).items():
        session = Session(session_id)
        for event in own:
            while (due := session.due) is not None and due.at <= event.at:
                session.feed(due.event)
            outcome = session.feed(event)
            if outcome.verdict is not Verdict.TAKEN:
                refused.append(outcome.refused)
    assert [] == refused


def test_all_but_the_moments_stays_as_it_was(events):
    for event, paced in zip(events[:500], real_time(BEGIN, BEGIN).play(events[:500]), strict=True):
        assert event == paced.event
