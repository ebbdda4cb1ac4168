"""Lists, figures, exports and journeys answer the same question with the same sessions."""

from __future__ import annotations

import csv
import io
from hashlib import sha256
from urllib.parse import quote, urlencode

import pytest
from api_world import NOW, World, session_body

from afterchat.figures.groupings import GROUPINGS

STAFF = ("小林", "小陈", "=1+1")
COUNT = 37


@pytest.fixture(scope="module")
def world():
    made = World()
    for number in range(1, COUNT + 1):
        made.take(
            "alpha",
            session_body(
                number,
                interaction=0,
                is_valid=number % 2,
                staff_id=number % 3,
                staff_name=STAFF[number % 3],
                start_time=NOW - number * 3_600_000 - 60_000,
                end_time=NOW - number * 3_600_000,
                client_first_message_time=NOW - number * 3_600_000 - 50_000,
                staff_first_reply_time=NOW - number * 3_600_000 - 50_000 + number * 1000,
                first_reply_cost=number * 1000,
                evaluation_type=5,
                evaluation=(0, 25, 100)[number % 3],
                remarks=f"退款 {number}" if number % 5 == 0 else "",
            ),
        )
    made.take("beta", session_body(1, staff_name="canary-beta", end_time=NOW))
    made.project()
    yield made
    made.close()


def listed(world, query, reader="alpha"):
    """Every id of a list, page by page."""
    found, cursor = [], ""
    while cursor is not None:
        page = world.ask(f"/v1/sessions?limit=7&{query}{cursor and f'&cursor={cursor}'}", reader).json()
        found += [int(item["record"]["id"]) for item in page["items"]]
        cursor = page["next_cursor"]
    return found


def figures(world, query, reader="alpha"):
    answer = world.ask(f"/v1/figures?{query}", reader)
    assert answer.status == 200, answer.body
    return answer.json()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", list(range(1, COUNT + 1))),
        ("sort=end_time", list(range(COUNT, 0, -1))),
        ("sort=-first_reply_cost&first_reply_cost_from=30000", list(range(COUNT, 29, -1))),
        ("is_valid=0&sort=first_reply_cost", list(range(2, COUNT + 1, 2))),
        (f"staff_name={quote('小林')}&staff_name={quote('=1+1')}&end_time_from={NOW - 5 * 3_600_000}", [2, 3, 5]),
        (f"q={quote('退款')}", list(range(5, COUNT + 1, 5))),
        ("q=17", [17]),
        (f"remarks_contains={quote('款 1')}", [10, 15]),
        ("staff_id_not=0&staff_id_not=1&first_reply_cost_until=9000", [2, 5, 8]),
    ],
)
def test_a_list_holds_exactly_what_was_asked_for_in_its_order_page_by_page(world, query, expected):
    assert expected == listed(world, query)


def test_a_cursor_of_another_order_is_refused(world):
    cursor = world.ask("/v1/sessions?limit=2", "alpha").json()["next_cursor"]
    answer = world.ask(f"/v1/sessions?limit=2&sort=end_time&cursor={cursor}", "alpha")
    assert (400, True) == (answer.status, "another order" in answer.json()["detail"])


@pytest.mark.parametrize("query", ["", "is_valid=1", f"q={quote('退款')}", f"end_time_from={NOW - 9 * 3_600_000}"])
def test_a_card_agrees_with_the_list_behind_it(world, query):
    total = figures(world, f"figure=sessions&{query}")["total"]
    assert len(listed(world, query)) == total["values"]["sessions"]["value"] == total["sessions"]


@pytest.mark.parametrize("by", sorted(GROUPINGS))
def test_every_group_leads_to_its_sessions(world, by):
    table = figures(world, f"figure=sessions&by={by}&is_valid=1&zone=Asia/Shanghai")
    counted = sum(row["sessions"] for row in table["rows"]) + (table["others"] or {"sessions": 0})["sessions"]
    assert table["total"]["sessions"] == counted
    for row in table["rows"]:
        if row["filters"] is not None and by != "tenant":
            pairs = [(one["name"], one["value"]) for one in row["filters"]]
            assert row["sessions"] == len(listed(world, urlencode([("is_valid", "1"), *pairs]))), row


def test_a_figure_says_what_it_divided_and_what_it_left_out(world):
    value = figures(world, "figure=first_reply_mean,first_reply_p50")["total"]["values"]
    costs = [number * 1000 for number in range(1, COUNT + 1)]
    assert {"value": 19_000, "numerator": sum(costs), "denominator": COUNT, "left_out": 0} == value["first_reply_mean"]
    assert 19_000 == value["first_reply_p50"]["value"]


def test_every_figure_that_is_shown_has_a_definition(world):
    definitions = world.ask("/v1/definitions", "alpha").json()
    assert figures(world, "")["figures"] == {one["id"]: one["version"] for one in definitions["figures"]}
    assert all(one["name"]["zh"] and one["name"]["en"] and one["definition"]["zh"] for one in definitions["figures"])


def test_an_export_is_the_list_and_its_digest_is_told(world):
    answer = world.ask("/v1/export?format=csv&is_valid=1&sort=first_reply_cost", "alpha")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert listed(world, "is_valid=1&sort=first_reply_cost") == [int(row["id"].lstrip("'")) for row in rows]
    assert {"'=1+1", "小林", "小陈"} == {row["staff_name"] for row in rows}

    state = world.ask(answer.header("content-location"), "alpha").json()
    assert ("done", len(rows), len(rows), len(answer.body), sha256(answer.body).hexdigest()) == (
        state["state"],
        state["rows"],
        state["rows_total"],
        state["bytes"],
        state["sha256"],
    )
    assert 404 == world.ask(answer.header("content-location"), "beta").status


def test_an_export_leaves_a_line_in_the_audit_that_says_whose_token_and_no_value_of_a_filter(world):
    def lines():
        return [row.note for row in world.runner.run(world.store.people.notes(None, None, 100))]

    before = len(lines())
    answer = world.ask("/v1/export?format=csv&staff_name=%E5%B0%8F%E6%9E%97", "alpha")
    refused = [world.ask(f"/v1/export?format={form}", "alpha").status for form in ("nothing", "csv&nothing=1")]
    row_count = len(list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")))))

    [line] = lines()[: len(lines()) - before]
    assert [400, 400] == refused
    assert ("alpha-token", "alpha", "export.unmasked", "csv") == (line.who, line.tenant, line.what, line.object)
    assert {"filters": "staff_name=", "sessions": row_count} == dict(line.detail)


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx", "parquet", "wire"])
def test_every_format_holds_nothing_of_another_tenant(world, form):
    answer = world.ask(f"/v1/export?format={form}", "alpha")
    assert (200, False) == (answer.status, b"canary-beta" in answer.body)
    assert f'.{"jsonl" if form == "wire" else form}"' in answer.header("content-disposition")


def test_a_journey_is_stitched_from_whichever_session_carries_the_link():
    world = World()
    try:
        world.take(
            "alpha", session_body(1, interaction=1, start_time=NOW, end_time=NOW + 5, related_id=2, related_type=2)
        )
        world.take("alpha", session_body(2, interaction=0, start_time=NOW + 6, end_time=NOW + 9, staff_id=7))
        world.take(
            "alpha",
            session_body(
                3, interaction=0, start_time=NOW + 10, end_time=NOW + 20, human_transfer_session_id=2, staff_id=8
            ),
        )
        world.take("beta", session_body(4, related_id=2, related_type=4, start_time=NOW))
        world.project()
        journeys = [world.ask(f"/v1/sessions/{number}/journey", "alpha").json() for number in (1, 2, 3)]
    finally:
        world.close()
    assert [["1", "2", "3"]] * 3 == [[one["id"] for one in journey["sessions"]] for journey in journeys]
    assert (2, True) == (journeys[0]["figures"]["staff_count"], journeys[0]["figures"]["is_person_reached"])


def test_a_record_that_contradicts_itself_is_counted_and_says_so():
    world = World()
    try:
        world.take("alpha", session_body(1, start_time=NOW, end_time=NOW - 1000))
        world.take("alpha", session_body(2, start_time=NOW, end_time=NOW + 1000))
        world.project()
        counted = world.ask("/v1/contradictions", "alpha").json()["items"]
        shown = world.ask("/v1/sessions/1", "alpha").json()["contradictions"]
        sound = world.ask("/v1/sessions/2", "alpha").json()["contradictions"]
    finally:
        world.close()
    assert shown
    assert shown == [one["contradiction"] for one in counted if one["contradiction"] not in sound]
    assert "start_time" in shown[0]["fields"]


def test_a_revision_says_what_it_changed(world):
    world.take("alpha", session_body(900, end_time=NOW), signed_at=NOW // 1000)
    world.take("alpha", session_body(900, end_time=NOW, evaluation=100, remarks="好"), signed_at=NOW // 1000 + 5)
    world.project()
    current, older = world.ask("/v1/sessions/900", "alpha").json()["revisions"]
    assert [
        {"field": "evaluation", "before": "0", "after": "100"},
        {"field": "remarks", "before": '""', "after": '"好"'},
    ] == current["changes"]
    assert [] == older["changes"]
