"""What the changing routes do and refuse: exactly what was asked for, or nothing and a problem that names the field."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from afterchat.contract.signature import checksum_matches
from afterchat.errors import StoreUnavailableError
from afterchat.sender.schedule import DEFAULT_SCHEDULE_SECONDS
from afterchat.sender.transport import Failure
from afterchat.store.sending import EntryQuery
from afterchat.web.bodies import BODY_BYTES_MAX
from operating_scenes import ACME, DEFAULT, LATER, NEW, URL, World
from outbox_scenes import HEADER_VALUE, NOW, RECORDS, SECRET

STRONG = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
DAY_MS = 86_400_000


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


def states(world):
    """States of entries 1 to 5."""
    return [entry.state.value for entry in reversed(world.run(world.store.outbox.entries(EntryQuery(), 100)))]


# --- making one


def test_a_new_endpoint_has_the_defaults_and_a_secret_that_is_shown_once(world):
    answer = world.ask("POST", "/v1/endpoints", NEW, "operate-acme")
    made = world.endpoint(int(answer.json["id"]))

    assert (201, "no-store") == (answer.status, answer.headers["cache-control"])
    assert ("acme", "erp", URL, (RECORDS,), "both") == (
        *(made.tenant, made.name, made.url, made.event_types, made.signature_mode),
    )
    assert (DEFAULT_SCHEDULE_SECONDS, 0, 8, False, LATER) == (
        *(made.schedule_seconds, made.rate_per_second_max, made.concurrency_max, made.is_paused, made.created_at),
    )
    [key] = made.keys
    assert (answer.json["key"], answer.json["secret"].encode(), LATER, None) == key
    assert 64 == len(key.secret)
    for path in ("/v1/endpoints", f"/v1/endpoints/{made.id}"):
        assert key.secret not in world.ask("GET", path).body


def test_two_endpoints_never_get_the_same_secret(world):
    secrets = {world.ask("POST", "/v1/endpoints", {**NEW, "name": name}).json["secret"] for name in ("a", "b")}

    assert 2 == len(secrets)


def test_everything_can_be_chosen_and_a_secret_that_was_brought_is_not_shown(world):
    given = {
        **NEW,
        "tenant": "acme",
        "secret": STRONG,
        "is_paused": True,
        "event_types": [RECORDS, "AFTERCHAT_ENDPOINT_FAILING"],
        "signature_mode": "hmac_only",
        "success": "any_2xx",
        "schedule_seconds": [1, 60],
        "rate_per_second_max": 5,
        "concurrency_max": 2,
        "headers": {"X-Team": "crm", "Authorization": HEADER_VALUE},
    }
    answer = world.ask("POST", "/v1/endpoints", given)
    made = world.endpoint(int(answer.json["id"]))

    assert (201, None) == (answer.status, answer.json["secret"])
    assert STRONG not in answer.body.decode()
    assert STRONG.encode() == made.keys[0].secret
    assert (True, (RECORDS, "AFTERCHAT_ENDPOINT_FAILING"), "hmac_only", "any_2xx", (1, 60), 5, 2) == (
        *(made.is_paused, made.event_types, made.signature_mode, made.success),
        *(made.schedule_seconds, made.rate_per_second_max, made.concurrency_max),
    )
    assert (("X-Team", "crm"), ("Authorization", HEADER_VALUE)) == made.headers


def test_a_token_of_all_tenants_makes_one_of_the_default_tenant_unless_it_says_whose(world):
    made = [world.ask("POST", "/v1/endpoints", {**NEW, **more}).json["id"] for more in ({}, {"tenant": "acme"})]

    assert ["default", "acme"] == [world.endpoint(int(endpoint_id)).tenant for endpoint_id in made]


def test_a_name_that_is_in_use_is_a_conflict_and_makes_nothing(world):
    before = world.everything()
    answer = world.ask("POST", "/v1/endpoints", {**NEW, "name": "crm"}, "operate-acme")

    assert (409, "name", before) == (answer.status, answer.json["code"], world.everything())


# --- changing one


def test_only_what_is_given_is_changed_and_the_answer_shows_it(world):
    before = world.endpoint(ACME)
    answer = world.ask("PATCH", f"/v1/endpoints/{ACME}", {"concurrency_max": 3, "headers": {}}, "operate-acme")

    assert before._replace(concurrency_max=3, headers=()) == world.endpoint(ACME)
    assert (200, 3, [], "crm") == (
        answer.status,
        *(answer.json[name] for name in ("concurrency_max", "header_names", "name")),
    )


@pytest.mark.parametrize("document", [{}, None])
def test_nothing_given_changes_nothing_and_shows_the_endpoint(world, document):
    before = world.endpoint(ACME)

    assert (200, before) == (world.ask("PATCH", f"/v1/endpoints/{ACME}", document).status, world.endpoint(ACME))


def test_a_change_undoes_nothing_that_somebody_else_changed_meanwhile(world):
    endpoints, change = world.store.endpoints, world.operations.change_endpoint

    async def change_after_another(endpoint_id, values):
        await endpoints.change_endpoint(endpoint_id, {"url": URL, "is_paused": True})
        await change(endpoint_id, values)

    world.operations.change_endpoint = change_after_another
    before = world.endpoint(ACME)
    world.ask("PATCH", f"/v1/endpoints/{ACME}", {"concurrency_max": 3})

    assert before._replace(url=URL, is_paused=True, concurrency_max=3) == world.endpoint(ACME)


def test_a_name_of_another_endpoint_cannot_be_taken(world):
    world.ask("POST", "/v1/endpoints", {**NEW, "tenant": "acme"})
    answer = world.ask("PATCH", f"/v1/endpoints/{ACME}", {"name": "erp"})

    assert (409, "name", "crm") == (answer.status, answer.json["code"], world.endpoint(ACME).name)


def test_pausing_and_resuming_are_shown_and_resuming_says_when(world):
    before = world.endpoint(ACME)
    paused = world.ask("POST", f"/v1/endpoints/{ACME}/pause")
    assert (200, "paused", before._replace(is_paused=True)) == (
        *(paused.status, paused.json["state"], world.endpoint(ACME)),
    )
    resumed = world.ask("POST", f"/v1/endpoints/{ACME}/resume", {})
    assert (200, "sending", before._replace(resumed_at=LATER)) == (
        *(resumed.status, resumed.json["state"], world.endpoint(ACME)),
    )


def test_an_endpoint_with_open_entries_is_deleted_only_when_somebody_insists(world):
    refused = world.ask("DELETE", f"/v1/endpoints/{ACME}")
    assert (409, "undelivered", True) == (refused.status, refused.json["code"], world.endpoint(ACME) is not None)
    assert 400 == world.ask("DELETE", f"/v1/endpoints/{ACME}?force=no").status

    gone = world.ask("DELETE", f"/v1/endpoints/{ACME}?force=yes")
    assert (204, b"", None) == (gone.status, gone.body, world.endpoint(ACME))
    assert 404 == world.ask("GET", f"/v1/endpoints/{ACME}").status


def test_an_endpoint_that_has_everything_is_deleted_at_once(world):
    assert (204, None) == (world.ask("DELETE", f"/v1/endpoints/{DEFAULT}").status, world.endpoint(DEFAULT))


@pytest.mark.parametrize("is_away", [False, True])
def test_the_running_sender_is_told_of_a_change_and_a_change_that_is_made_is_answered(world, is_away):
    world.sender.is_away = is_away
    answer = world.ask("POST", "/v1/endpoints", NEW)

    assert (201, 0 if is_away else 1) == (answer.status, world.sender.looks)


# --- keys


def test_a_new_key_comes_into_force_and_the_older_one_goes_on_for_the_overlap(world):
    answer = world.ask("POST", f"/v1/endpoints/{ACME}/keys", {"after_seconds": 60, "overlap_seconds": 3600})
    old, new = world.endpoint(ACME).keys
    begins_at = LATER + 60_000

    assert (201, begins_at, begins_at + 3_600_000) == (
        *(answer.status, answer.json["not_before"], answer.json["older_until"]),
    )
    assert ("key_acme", SECRET, 0, begins_at + 3_600_000) == old
    assert (answer.json["key"], answer.json["secret"].encode(), begins_at, None) == new
    assert new.secret not in world.ask("GET", f"/v1/endpoints/{ACME}").body


def test_by_default_a_key_is_in_force_now_and_the_overlap_is_a_day(world):
    answer = world.ask("POST", f"/v1/endpoints/{ACME}/keys")

    assert (LATER, LATER + DAY_MS) == (answer.json["not_before"], answer.json["older_until"])


def test_a_third_key_in_force_is_a_conflict(world):
    world.ask("POST", f"/v1/endpoints/{ACME}/keys")
    before = world.endpoint(ACME)
    answer = world.ask("POST", f"/v1/endpoints/{ACME}/keys")

    assert (409, "keys", before) == (answer.status, answer.json["code"], world.endpoint(ACME))


def test_the_very_secret_that_is_in_force_is_no_new_one(world):
    answer = world.ask("POST", f"/v1/endpoints/{ACME}/keys", {"secret": SECRET.decode()})

    assert (400, 1) == (answer.status, len(world.endpoint(ACME).keys))
    assert "`secret`" in answer.json["detail"]
    assert SECRET not in answer.body


# --- a test push


def test_a_test_push_is_signed_and_goes_out_though_the_endpoint_is_paused(world):
    world.ask("POST", f"/v1/endpoints/{ACME}/pause")
    answer = world.ask("POST", f"/v1/endpoints/{ACME}/test", reader="operate-acme")
    [(request, seconds_max)] = world.wire.sent
    query = {name: value[0] for name, value in parse_qs(urlsplit(request.url).query).items()}

    assert (200, True, 200, "", "{}", 7.0) == (
        answer.status,
        *(answer.json[name] for name in ("delivered", "status", "error", "answer")),
        seconds_max,
    )
    assert "AFTERCHAT_TEST" == query["eventType"]
    assert 0 == checksum_matches([SECRET], request.body, query["time"].encode(), query["checksum"].encode())
    assert 5 == len(states(world))


def test_why_no_answer_came_is_told_and_addresses_only_to_who_runs_the_sender(world):
    world.wire.reply = Failure("forbidden_address", "10.1.2.3 is private")
    tenant, operator = (
        world.ask("POST", f"/v1/endpoints/{ACME}/test", reader=reader).json
        for reader in ("operate-acme", "operate-all")
    )

    assert (False, 0, "forbidden_address", "the address is not allowed", "") == (
        *(tenant[name] for name in ("delivered", "status", "error", "en", "detail")),
    )
    assert "10.1.2.3 is private" == operator["detail"]


# --- sending again


@pytest.mark.parametrize(
    ("document", "count", "open_entries"),
    [
        ({"entry_ids": ["2"]}, 1, {2}),
        ({"entry_ids": ["2", "1", "2"]}, 2, {1, 2}),
        ({"entry_ids": ["1", "5"]}, 2, {1, 5}),
        ({"endpoint": "1", "all_dead": True}, 1, {2}),
        ({"endpoint": "1", "since": 0}, 2, {1, 2}),
        ({"endpoint": "1", "since": 0, "until": NOW}, 0, set()),
        ({"endpoint": "1", "since": NOW + 1}, 0, set()),
        ({"endpoint": "1", "since": 0, "all_dead": True}, 1, {2}),
        ({"endpoint": "2", "all_dead": True}, 0, set()),
    ],
)
def test_what_is_selected_is_sent_again_and_nothing_else(world, document, count, open_entries):
    answer = world.ask("POST", "/v1/outbox/redeliver", document)
    settled = {1, 2, 5} & {number for number, state in enumerate(states(world), 1) if state == "waiting"}

    assert (200, {"count": count}, open_entries) == (answer.status, answer.json, settled)


def test_what_was_never_tried_is_sent_too_when_it_is_asked_for(world):
    answer = world.ask("POST", "/v1/outbox/redeliver", {"endpoint": "1", "never_attempted": True}, "operate-acme")

    assert {"count": 1} == answer.json
    assert 6 == len(states(world))


def test_the_relay_is_woken_for_every_endpoint_that_has_something_again(world):
    world.ask("POST", "/v1/outbox/redeliver", {"entry_ids": ["1", "5"]})

    assert [ACME, DEFAULT] == world.sender.woken


def test_one_entry_of_another_tenant_among_ones_own_sends_nothing_again(world):
    before = world.everything()
    answer = world.ask("POST", "/v1/outbox/redeliver", {"entry_ids": ["2", "5"]}, "operate-acme")

    assert (404, before) == (answer.status, world.everything())


@pytest.mark.parametrize(
    "document",
    [
        {},
        None,
        {"endpoint": "1"},
        {"all_dead": True},
        {"endpoint": "1", "until": 5},
        {"endpoint": "1", "all_dead": False},
        {"entry_ids": ["1"], "endpoint": "1"},
        {"entry_ids": ["1"], "all_dead": True},
        {"entry_ids": ["1"], "all_dead": False},
        {"entry_ids": ["1"], "until": 5},
    ],
)
def test_half_a_selection_is_refused_with_what_would_be_one(world, document):
    answer = world.ask("POST", "/v1/outbox/redeliver", document)

    assert (400, "body") == (answer.status, answer.json["code"])
    assert "`entry_ids`" in answer.json["detail"]


@pytest.mark.parametrize("entry_id", ["9223372036854775806", "9223372036854775807", "9" * 19])
def test_an_entry_beyond_every_id_is_missing(world, entry_id):
    assert 404 == world.ask("POST", "/v1/outbox/redeliver", {"entry_ids": [entry_id]}).status


# --- what cannot be


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "42"),
        ("name", "Über"),
        ("name", "x" * 64),
        ("name", ""),
        ("name", 5),
        ("name", None),
        ("url", "https://localhost/push"),
        ("url", "http://crm.example.com/push"),
        ("url", "https://169.254.169.254/latest"),
        ("url", "crm"),
        ("url", ["https://crm.example.com"]),
        ("event_types", []),
        ("event_types", ["SESSION_PAUSED"]),
        ("event_types", [RECORDS, RECORDS]),
        ("event_types", RECORDS),
        ("signature_mode", "none"),
        ("success", "201"),
        ("schedule_seconds", []),
        ("schedule_seconds", [1] * 51),
        ("schedule_seconds", [-1]),
        ("schedule_seconds", [10**12]),
        ("schedule_seconds", [1.5]),
        ("rate_per_second_max", -1),
        ("rate_per_second_max", 100_001),
        ("rate_per_second_max", True),
        ("concurrency_max", 0),
        ("concurrency_max", 1025),
        ("concurrency_max", 10**30),
        ("headers", {"Host": "elsewhere"}),
        ("headers", {"Bad Name": "x"}),
        ("headers", {"X-A": "line\r\nbreak"}),
        ("headers", {f"X-{number}": "" for number in range(65)}),
        ("headers", [["X-A", "b"]]),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_value_that_cannot_be_is_named_in_the_readers_language_and_changes_nothing(world, field, value, language):
    before = world.everything()
    answers = [
        world.ask("PATCH", f"/v1/endpoints/{ACME}", {"concurrency_max": 3, field: value}, language=language),
        world.ask("POST", "/v1/endpoints", {**NEW, field: value}, language=language),
    ]

    for answer in answers:
        assert (400, "body", language) == (answer.status, answer.json["code"], answer.headers["content-language"])
        assert field in answer.json["detail"]
    assert before == world.everything()


@pytest.mark.parametrize(
    "secret", ["sh0rt", "aaaaaaaaaaaaaaaaaaaaaaaa", " " + STRONG, "x" * 5000, "\ud800" + STRONG, 7]
)
@pytest.mark.parametrize("target", ["/v1/endpoints", f"/v1/endpoints/{ACME}/keys"])
def test_a_weak_secret_is_refused_and_not_repeated(world, secret, target, caplog):
    before = world.everything()
    answer = world.ask("POST", target, {**(NEW if target == "/v1/endpoints" else {}), "secret": secret})

    assert (400, before) == (answer.status, world.everything())
    assert "`secret`" in answer.json["detail"]
    assert str(secret).strip()[-8:] not in answer.json["detail"] + caplog.text


@pytest.mark.parametrize(
    ("target", "method"),
    [
        ("/v1/endpoints", "POST"),
        (f"/v1/endpoints/{ACME}", "PATCH"),
        (f"/v1/endpoints/{ACME}?force=yes", "DELETE"),
        (f"/v1/endpoints/{ACME}/pause", "POST"),
        (f"/v1/endpoints/{ACME}/resume", "POST"),
        (f"/v1/endpoints/{ACME}/test", "POST"),
        (f"/v1/endpoints/{ACME}/keys", "POST"),
        ("/v1/outbox/redeliver", "POST"),
    ],
)
def test_an_unknown_field_is_named_and_nothing_happens(world, target, method):
    before = world.everything()
    answer = world.ask(method, target, {**NEW, "colour": "red"})

    assert (400, before, []) == (answer.status, world.everything(), world.wire.sent)
    assert "colour" in answer.json["detail"] or "name" in answer.json["detail"]


def test_an_unknown_field_is_named_and_those_that_exist_are_listed(world):
    detail = world.ask("PATCH", f"/v1/endpoints/{ACME}", {"colour": "red"}).json["detail"]

    assert "`colour`" in detail
    assert "event_types" in detail


def test_what_only_a_new_endpoint_may_have_is_unknown_to_a_change(world):
    for field, value in (("tenant", "acme"), ("secret", STRONG), ("is_paused", True), ("id", "9"), ("keys", [])):
        assert 400 == world.ask("PATCH", f"/v1/endpoints/{ACME}", {field: value}).status


@pytest.mark.parametrize("missing", ["name", "url"])
def test_a_field_that_has_to_be_there_is_named(world, missing):
    answer = world.ask("POST", "/v1/endpoints", {key: value for key, value in NEW.items() if key != missing})

    assert 400 == answer.status
    assert f"`{missing}` is missing" in answer.json["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"x"',
        b"null",
        b"{",
        b'{"name": NaN}',
        b"\xff",
        b"name=x",
        b"[" * 50_000,
        b'{"name": "a"} {"name": "b"}',
        b"   ",
    ],
)
def test_a_body_that_is_no_object_is_refused(world, body):
    answer = world.ask("POST", "/v1/endpoints", body=body)

    assert (400, "body") == (answer.status, answer.json["code"])


def test_a_field_that_stands_twice_is_named(world):
    answer = world.ask("PATCH", f"/v1/endpoints/{ACME}", body=b'{"name": "a", "name": "b"}')

    assert (400, "crm") == (answer.status, world.endpoint(ACME).name)
    assert "`name` stands twice" in answer.json["detail"]


def test_a_body_may_have_64_kibibytes_and_not_one_more(world):
    document = json.dumps({"name": "erp"}).encode()
    whole, beyond = (document + b" " * (length - len(document)) for length in (BODY_BYTES_MAX, BODY_BYTES_MAX + 1))
    answer = world.ask("PATCH", f"/v1/endpoints/{ACME}", body=beyond)

    assert (413, "size", "crm") == (answer.status, answer.json["code"], world.endpoint(ACME).name)
    assert 200 == world.ask("PATCH", f"/v1/endpoints/{ACME}", body=whole).status


def test_a_parameter_that_nobody_declared_is_refused(world):
    assert 400 == world.ask("POST", f"/v1/endpoints/{ACME}/pause?until=tomorrow").status


def test_a_long_name_of_a_field_is_cut_in_the_answer(world):
    assert len(world.ask("PATCH", f"/v1/endpoints/{ACME}", {"x" * 9000: 1}).body) < 1000


def test_while_the_store_is_away_a_change_is_a_503_that_tells_nothing_of_it(world):
    async def fail(*_):
        raise StoreUnavailableError("planted, with a secret path")

    world.operations.change_endpoint = fail
    answer = world.ask("PATCH", f"/v1/endpoints/{ACME}", {"name": "erp"})

    assert (503, "store", "5") == (answer.status, answer.json["code"], answer.headers["retry-after"])
    assert b"secret path" not in answer.body


# --- the audit


def test_every_change_leaves_a_line_with_the_id_of_the_token_and_no_secret(world):
    made = world.ask("POST", "/v1/endpoints", NEW, "operate-acme").json
    path = f"/v1/endpoints/{made['id']}"
    asked = (
        ("PATCH", path, {"name": "erp2", "url": f"{URL}/2"}),
        ("POST", f"{path}/pause", None),
        ("POST", f"{path}/resume", None),
        ("POST", f"{path}/keys", {"secret": STRONG}),
        ("POST", "/v1/outbox/redeliver", {"endpoint": str(ACME), "all_dead": True}),
        ("DELETE", path, None),
    )
    for method, target, document in asked:
        assert world.ask(method, target, document, "operate-acme").status < 300, target

    rows = world.run(world.store.people.notes(None, None, 100))
    notes = [row.note for row in reversed(rows)]
    assert [
        *("endpoint.add", "endpoint.change", "endpoint.pause", "endpoint.resume"),
        *("endpoint.key", "outbox.redeliver", "endpoint.delete"),
    ] == [note.what for note in notes]
    assert {("operate-acme", "acme")} == {(note.who, note.tenant) for note in notes}
    assert "name url" == notes[1].detail["changed"]
    assert not any(STRONG in str(note) or made["secret"] in str(note) for note in notes)


def test_what_a_token_may_not_know_of_leaves_no_line(world):
    assert 404 == world.ask("POST", f"/v1/endpoints/{DEFAULT}/pause", None, "operate-acme").status
    assert [] == world.run(world.store.people.notes(None, None, 100))
