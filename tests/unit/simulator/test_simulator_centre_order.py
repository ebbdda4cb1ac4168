"""The stream as a whole: the same for the same seed everywhere, in the order of time, without end, of bounded state."""

import hashlib
import os
import subprocess
import sys
from collections import defaultdict
from itertools import islice, pairwise

from centre_week import DAY_MS, HOUR_MS, MONDAY_MS, events_until

from afterchat.engine import read_event, write_event
from afterchat.simulator.centre import Centre

DIGEST = """
import hashlib
from itertools import islice
from afterchat.engine import write_event
from afterchat.simulator.centre import Centre
digest = hashlib.sha256()
for event in islice(Centre(11, 1_800_000_000_000, first_session_id=5).events(), 2000):
    digest.update(write_event(event))
print(digest.hexdigest())
"""


def test_same_seed_gives_the_same_events():
    centre = Centre(3, MONDAY_MS, first_session_id=1)
    assert list(islice(centre.events(), 3000)) == list(islice(centre.events(), 3000))


def test_another_process_with_another_hash_seed_gives_the_same_events():
    digest = hashlib.sha256()
    for event in islice(Centre(11, 1_800_000_000_000, first_session_id=5).events(), 2000):
        digest.update(write_event(event))
    environment = {**os.environ, "PYTHONHASHSEED": "99"}

    run = subprocess.run(
        [sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True, timeout=60
    )

    assert digest.hexdigest() == run.stdout.strip()


def test_another_seed_gives_other_events():
    first, second = (list(islice(Centre(seed, MONDAY_MS, first_session_id=1).events(), 100)) for seed in (1, 2))
    assert first != second


def test_events_are_in_the_order_of_their_time(week_events):
    assert all(before.at <= after.at for before, after in pairwise(week_events))


def test_nothing_happens_before_the_beginning(week_events):
    assert week_events[0].at > MONDAY_MS


def test_no_two_events_of_a_session_share_a_moment(week_events):
    last = {}
    for event in week_events:
        assert last.get(event.session, 0) < event.at
        last[event.session] = event.at


def test_ids_number_the_events_of_each_session(week_events):
    counts = defaultdict(int)
    for event in week_events:
        counts[event.session] += 1
        assert f"s{event.session}-{counts[event.session]}" == event.id


def test_sessions_are_numbered_from_the_first_id_on(week_events):
    sessions = {event.session for event in week_events}
    assert 1000 == min(sessions)
    assert max(sessions) - 1000 < len(sessions) + 50


def test_events_are_what_they_were_after_json(week_events):
    assert week_events[:5000] == [read_event(write_event(event)) for event in week_events[:5000]]


def test_state_does_not_grow_with_the_days():
    world = Centre(5, MONDAY_MS, first_session_id=1)._world()
    sizes = []
    for day in range(1, 5):
        while world.agenda.now < MONDAY_MS + day * DAY_MS + 15 * HOUR_MS:
            world.agenda.step()
            world.told.clear()
        queued = sum(len(group.queue) for group in world.floor.groups)
        sizes.append(world.agenda.waiting_count + len(world.left_messages) + queued)
    assert max(sizes) < 500


def test_staff_are_given_back_by_everybody_who_took_them():
    world = Centre(6, MONDAY_MS, first_session_id=1)._world()
    while world.agenda.now < MONDAY_MS + 2 * DAY_MS + 5 * HOUR_MS:
        world.agenda.step()
        world.told.clear()
    staff = [one for group in world.floor.groups for one in group.staff]
    assert all(one.open_count >= 0 for one in (*staff, world.admin))
    assert sum(one.open_count for one in staff) <= 4


def test_the_centre_can_begin_at_any_hour_with_staff_at_work():
    events = events_until(Centre(8, MONDAY_MS + 15 * HOUR_MS, first_session_id=1), MONDAY_MS + 16 * HOUR_MS)
    assert any(type(event).__name__ == "StaffAssigned" for event in events)
