"""The week that several tests look at is simulated once."""

import pytest
from centre_week import DAY_MS, MONDAY_MS, by_session, events_until, told

from afterchat.simulator.centre import Centre


@pytest.fixture(scope="session")
def week_events():
    return events_until(Centre(2, MONDAY_MS, first_session_id=1000), MONDAY_MS + 7 * DAY_MS)


@pytest.fixture(scope="session")
def week(week_events):
    return [told(session, events) for session, events in by_session(week_events).items()]
