"""The notation of the stories: second, event, attributes; and what is said of a story that cannot be read."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from afterchat.contract.record import CustomField
from afterchat.engine.events import CustomFieldsFilled, Pinned, RemarkWritten, SessionOpened, StaffAssigned
from afterchat.engine.origins import FromTransfer
from afterchat.engine.rules.told import AFTER_ROBOT, ROBOT, STORIES, TRANSFERRED_IN, TRANSFERRED_OUT
from afterchat.engine.stories import BEGIN, Story, events_of
from afterchat.errors import CallerError

HAN = re.compile("[一-鿿]")


def story(steps, session=1):
    return Story("a test", "", "", steps, session)


def test_a_story_begins_at_the_moment_that_its_docs_say():
    assert datetime(2027, 1, 15, 8, tzinfo=UTC) == datetime.fromtimestamp(BEGIN / 1000, UTC)


def test_a_step_is_its_second_its_event_and_its_attributes():
    steps = "0 SessionOpened kind=person vipLevel=3 fromTitle='a b';1.25 StaffAssigned staffId=5 staffName=王小燕"

    assert [
        SessionOpened(id="1", session=7, at=BEGIN, kind="person", vip_level=3, from_title="a b"),
        StaffAssigned(id="2", session=7, at=BEGIN + 1250, staff_id=5, staff_name="王小燕"),
    ] == events_of(story(steps, 7))


def test_a_story_is_of_session_one_unless_it_says_otherwise():
    assert [Pinned(id="1", session=1, at=BEGIN)] == events_of(Story("a test", "", "", "0 Pinned"))


def test_a_value_is_json_where_it_is_json_else_text_and_a_dot_leads_into_an_object():
    steps = """0 SessionOpened kind=person cameFrom.type=FromTransfer cameFrom.session=9 cameFrom.isSilent=true;
        1 RemarkWritten remarks=a=b;2 RemarkWritten remarks;
        3 CustomFieldsFilled customField='[{"fieldId":"1","fieldName":"2","fieldValue":"3"}]'"""

    opened, equals, empty, custom = events_of(story(steps))

    assert FromTransfer(session=9, is_silent=True) == opened.came_from
    assert ["a=b", ""] == [equals.remarks, empty.remarks]
    assert (CustomField("1", "2", "3"),) == custom.custom_field
    assert [RemarkWritten, RemarkWritten, CustomFieldsFilled] == [type(one) for one in (equals, empty, custom)]


def test_a_step_may_say_its_own_id_and_moment():
    assert [Pinned(id="a", session=1, at=BEGIN + 5)] == events_of(story(f"0 Pinned id=a at={BEGIN + 5}"))


@pytest.mark.parametrize(
    "steps",
    ["", "0", "soon Pinned", "0 Pinned id='", "0 Pinned;", "nan Pinned", "1e999 Pinned", "0 Pinned id=1 id.part=2"],
)
def test_a_story_that_is_no_story_is_told_by_its_name_with_the_notation(steps):
    with pytest.raises(
        CallerError, match=r"^the story 'a test' cannot be read: .+; write `second Event name=value; ...`$"
    ):
        events_of(story(steps))


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("0 Pinned; 1 Tea ", r"step 2 of the story, `1 Tea`: no event: .*'Tea'"),
        ("0 Pinned colour=red", r"step 1 of the story, `0 Pinned colour=red`: no event: .*`colour`"),
        ("0 SessionOpened kind=person cameFrom.part.session=1", r"step 1 of the story, `.*`: no event: .*part"),
        ("0 SessionClosed closeReason=3", r"step 1 of the story, `.*`: SessionClosed\.closeReason: 3 is not one of"),
        ("-99999999999 Pinned", r"step 1 of the story, `.*`: Pinned\.at: .* is no moment"),
    ],
)
def test_a_step_that_is_no_event_is_named_with_what_is_wrong(steps, said):
    with pytest.raises(CallerError, match=f"^{said}"):
        events_of(story(steps))


def test_stories_have_names_and_points_of_their_own_in_both_languages():
    assert len(STORIES) == len({one.name for one in STORIES}) == len({one.en for one in STORIES})
    assert len(STORIES) == len({one.zh for one in STORIES})
    assert [] == [one.name for one in STORIES if not re.fullmatch("[a-z ]{4,}", one.name)]
    assert [] == [one.name for one in STORIES if HAN.search(one.en) or not HAN.search(one.zh) or not one.en]


@pytest.mark.parametrize("one", STORIES, ids=lambda one: one.name)
def test_a_story_leads_from_and_to_other_sessions_only(one):
    events = events_of(one)
    came_from = events[0].came_from
    others = [getattr(event, "to_session", 0) for event in events] + [came_from.session if came_from else 0]

    assert {one.session} == {event.session for event in events}
    assert one.session not in others


@pytest.mark.parametrize(("one", "following"), [(ROBOT, AFTER_ROBOT), (TRANSFERRED_OUT, TRANSFERRED_IN)])
def test_the_stories_of_a_journey_point_at_each_other(one, following):
    assert following.session == events_of(one)[-1].to_session
    assert one.session == events_of(following)[0].came_from.session
