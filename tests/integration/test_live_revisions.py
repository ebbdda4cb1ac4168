"""What live pushes become: revisions in whatever order they come, other events, bodies that tell their own kind."""

from __future__ import annotations

import itertools

import pytest
from live_scenes import READER, SECRET, detail, metrics, now, push, read, seed, send, session, until
from live_server import LiveServer

MARKERS = itertools.count(1_000_000)
"""Sessions that mean nothing but that everything before them was read."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("revisions")
    seed(directory, {})
    running = LiveServer(directory, SECRET)
    yield running
    running.kill()


def rated(session_id, evaluation):
    return session(session_id, evaluation_type=5, evaluation=evaluation)


def caught_up(server):
    """Wait until the projector has read everything that was taken, repeats too: it reads them before a later row."""
    marker = next(MARKERS)
    assert push(server, session(marker)).is_taken
    until(lambda: detail(server, marker), "the projector")


def rating(found):
    return found["session"]["record"]["evaluation"]


def test_a_late_rating_becomes_the_current_record_and_the_older_revision_stays_listed(server):
    at = now()
    assert push(server, rated(1, 0), at=at - 60).is_taken
    first = until(lambda: detail(server, 1), "the session")
    assert push(server, rated(1, 100), at=at).is_taken
    found = until(lambda: (seen := detail(server, 1)) and len(seen["revisions"]) == 2 and seen, "the revision")

    assert (0, 100, 2) == (rating(first), rating(found), found["session"]["revision_count"])
    assert [(at, True), (at - 60, False)] == [
        (revision["signed_at"], revision["is_current"]) for revision in found["revisions"]
    ]


def test_every_order_of_arrival_ends_with_the_same_current_record(server):
    at = now()
    versions = ((0, at - 200), (75, at - 100), (100, at))
    orders = list(itertools.permutations(versions))
    for session_id, order in enumerate(orders, 100):
        for evaluation, signed_at in order:
            assert push(server, rated(session_id, evaluation), at=signed_at).is_taken
    caught_up(server)

    found = [detail(server, session_id) for session_id, _ in enumerate(orders, 100)]
    assert [100] * 6 == [rating(one) for one in found]
    assert [[at, at - 100, at - 200]] * 6 == [[revision["signed_at"] for revision in one["revisions"]] for one in found]


def test_a_rating_changed_and_changed_back_ends_as_it_was(server):
    at = now()
    for evaluation, signed_at in ((100, at - 200), (1, at - 100), (100, at)):
        assert push(server, rated(2, evaluation), at=signed_at).is_taken
    caught_up(server)

    found = detail(server, 2)
    assert (100, 2) == (rating(found), len(found["revisions"]))
    assert (at, True) == (found["revisions"][0]["signed_at"], found["revisions"][0]["is_current"])


def test_changed_back_after_the_projector_had_seen_both_it_ends_as_it_was_too(server):
    at = now()
    assert push(server, rated(3, 100), at=at - 200).is_taken
    assert push(server, rated(3, 1), at=at - 100).is_taken
    until(lambda: (seen := detail(server, 3)) and rating(seen) == 1, "the change")
    assert push(server, rated(3, 100), at=at).is_taken

    until(lambda: rating(detail(server, 3)) == 100, "the change back")
    caught_up(server)
    assert 100 == rating(detail(server, 3))


def test_a_late_copy_of_the_older_version_does_not_undo_the_newer(server):
    at = now()
    for evaluation, signed_at in ((1, at - 200), (100, at - 50), (1, at - 100)):
        assert push(server, rated(4, evaluation), at=signed_at).is_taken
    caught_up(server)

    assert 100 == rating(detail(server, 4))


def test_other_events_are_counted_and_kept_and_are_no_sessions(server):
    before = metrics(server)
    for event_type in ("MSG", "SESSION_START", "SESSION_END", "EVA_INVITATION", "SOMETHING_NEW"):
        assert push(server, session(555, remarks=event_type), event_type=event_type).is_taken
    until(
        lambda: metrics(server)["afterchat_records_other_events"] == before["afterchat_records_other_events"] + 5,
        "five other events",
    )

    assert detail(server, 555) is None
    assert before["afterchat_records_unreadable"] == metrics(server)["afterchat_records_unreadable"]


def test_without_an_event_type_the_body_tells_what_it_is(server):
    before = metrics(server)
    record, message, neither = session(6), b'{"msgId":"m","msgType":"TEXT","n":6}', b'{"hello":"there"}'
    for body in (record, message, neither):
        assert push(server, body, event_type="").is_taken
    caught_up(server)

    after = metrics(server)
    assert detail(server, 6) is not None
    assert (2, 1, 1) == tuple(
        after[name] - before[name]
        for name in (
            "afterchat_records_sessions",
            "afterchat_records_other_events",
            "afterchat_records_unreadable",
        )
    )


def test_what_is_no_record_is_listed_as_unreadable_and_holds_up_nothing(server):
    bodies = [b"not json", b'{"sType":"0"}', b"\xff\xfe\x00", b"[" * 50_000, b'{"id":"x"}', b'{"id":1e400}']
    before = len(read(server, "/v1/unreadable")[1]["items"])
    for body in bodies:
        assert push(server, body).is_taken
    assert push(server, session(7)).is_taken
    until(lambda: detail(server, 7), "the session after them")

    _, document = read(server, "/v1/unreadable")
    assert len(bodies) == len(document["items"]) - before
    assert all(item["reason"] for item in document["items"])
    assert bodies[-1] == read_raw(server, document["items"][0]["inbox_id"]).body


def read_raw(server, inbox_id):
    return send(server, "GET", f"/v1/inbox/{inbox_id}/body", headers={"authorization": f"Bearer {READER}"})


def test_the_bytes_of_a_push_can_be_had_exactly_as_they_were_signed(server):
    body = b'{ "id" : 8,\n"sType":"0", "staffName": "\\u8d85\xe7\xba\xa7", "new": [1, 2.50] }'
    assert push(server, body).is_taken
    found = until(lambda: detail(server, 8), "the session")

    assert body == read_raw(server, found["session"]["inbox_id"]).body
    assert "超级" == found["session"]["record"]["staff_name"]
