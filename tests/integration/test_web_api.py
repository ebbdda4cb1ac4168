"""The JSON API over ASGI, on SQLite in memory: who may read what, and what is read."""

from __future__ import annotations

import itertools
import json
from hashlib import sha256
from urllib.parse import quote

import msgspec
import pytest
from api_world import NOW, READERS, STATUS, Answer, World, session_body
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from afterchat.contract.record import FIELDS
from afterchat.query.filter_table import FILTER_TABLE
from afterchat.query.views import SessionDetail, SessionPage
from afterchat.store.ports import Quarantining
from afterchat.web.app import build_app, route_table
from afterchat.web.auth import Access
from afterchat.web.headers import SECURITY_HEADERS

ROUTES = {route.name: route for route in route_table("1.2.3", is_metrics_open=False)}
ALPHA_SESSION, BETA_SESSION, NO_SESSION, SHARED_SESSION = 2**63 - 1, 4242, 4243, 77


def canary_body(session_id: int, canary: str) -> bytes:
    texts = {field.name: canary for field in FIELDS if field.type is str}
    return session_body(session_id, end_time=NOW, **texts)


def quarantining(tenant: str) -> Quarantining:
    body = f"canary-{tenant}".encode()
    query = f"time=1&canary-{tenant}"
    return Quarantining(tenant, NOW, "checksum", "", query, "", None, False, sha256(body).digest(), body)


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


@pytest.fixture(scope="module")
def two_tenants():
    """Two tenants with something in every listing; inbox ids 1 and 2 are the session of alpha and of beta."""
    made = World()
    made.take("alpha", canary_body(ALPHA_SESSION, "canary-alpha"))
    made.take("beta", canary_body(BETA_SESSION, "canary-beta"))
    for tenant in ("alpha", "beta"):
        made.take(tenant, session_body(SHARED_SESSION, remarks=f"canary-{tenant}"))
        made.take(tenant, f"canary-{tenant} is no JSON".encode())
        made.take(tenant, json.dumps({"id": 5, "sType": "0", f"canary-{tenant}": 1}).encode())
        made.runner.run(made.store.quarantine.put_all([quarantining(tenant)]))
    made.project()
    made.export_of_alpha = made.ask("/v1/export", "alpha").header("content-location")
    yield made
    made.close()


PATHS = {name: route.path for name, route in ROUTES.items()} | {
    "session": f"/v1/sessions/{ALPHA_SESSION}",
    "inbox_body": "/v1/inbox/1/body",
    "journey": f"/v1/sessions/{ALPHA_SESSION}/journey",
    "export_state": "EXPORT_OF_ALPHA",
}
NAMELESS = {"journey", "figures", "definitions", "contradictions", "export_state"}
"""Their answers hold nothing that any tenant wrote."""
OPEN = dict.fromkeys(READERS, 200)
REFUSED = {"nobody": 401, "stranger": 401, "expired": 401}
LISTING = {**REFUSED, "alpha": 200, "beta": 200, "operator": 200}
OF_ALPHA = {**REFUSED, "alpha": 200, "beta": 404, "operator": 200}
OPERATORS = {**REFUSED, "alpha": 403, "beta": 403, "operator": 200}
MATRIX = {
    "health": OPEN,
    "readiness": OPEN,
    "metrics": OPERATORS,
    "sessions": LISTING,
    "session": OF_ALPHA,
    "journey": OF_ALPHA,
    "figures": LISTING,
    "definitions": LISTING,
    "contradictions": LISTING,
    "export": LISTING,
    "export_state": OF_ALPHA,
    "inbox": LISTING,
    "inbox_body": OF_ALPHA,
    "quarantine": LISTING,
    "unreadable": LISTING,
    "drift": LISTING,
    "style": OPEN,
    "docs": OPEN,
    "openapi": OPEN,
}


def test_every_route_has_a_line_in_the_matrix_for_every_reader():
    assert set(MATRIX) == set(ROUTES)
    assert [name for name, line in MATRIX.items() if set(line) != set(READERS)] == []


@pytest.mark.parametrize(("name", "reader"), list(itertools.product(MATRIX, READERS)))
def test_a_reader_may_do_what_the_matrix_says(two_tenants, name, reader):
    assert two_tenants.ask(PATHS[name], reader).status == MATRIX[name][reader]


def test_every_refused_reader_sees_the_same_bytes(two_tenants):
    answers = {two_tenants.ask("/v1/sessions", reader) for reader in ("nobody", "stranger", "expired")}
    assert len(answers) == 1
    assert answers.pop().header("www-authenticate") == 'Bearer realm="afterchat"'


def test_a_revoked_token_is_refused_at_the_next_request(world):
    assert world.ask("/v1/sessions", "alpha").status == 200
    world.tokens = [entry for entry in world.tokens if entry[0].tenant != "alpha"]
    assert world.ask("/v1/sessions", "alpha").status == 401


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.access is Access.READER])
def test_a_tenant_sees_its_own_and_nothing_of_another(two_tenants, name):
    answer = two_tenants.ask(PATHS[name], "alpha")
    assert (b"alpha" in answer.body) == (name not in NAMELESS)
    assert b"beta" not in answer.body + b"".join(itertools.chain.from_iterable(answer.headers))
    assert BETA_SESSION not in [item.get("record", {}).get("id") for item in _items(answer)]


def _items(answer: Answer) -> list[dict]:
    return answer.json().get("items", []) if answer.header("content-type") == "application/json" else []


def test_the_operator_sees_both(two_tenants):
    listed = two_tenants.ask("/v1/sessions").body
    assert (b"canary-alpha" in listed, b"canary-beta" in listed) == (True, True)


@pytest.mark.parametrize(
    ("existing", "missing"),
    [
        (f"/v1/sessions/{BETA_SESSION}", f"/v1/sessions/{NO_SESSION}"),
        ("/v1/inbox/2/body", "/v1/inbox/999999/body"),
        ("/v1/sessions?tenant=beta", "/v1/sessions?tenant=gamma"),
        (f"/v1/sessions/{BETA_SESSION}?tenant=beta", f"/v1/sessions/{BETA_SESSION}?tenant=gamma"),
        ("/v1/inbox?tenant=beta", "/v1/inbox?tenant=gamma"),
        ("/v1/quarantine?tenant=beta", "/v1/quarantine?tenant=gamma"),
        ("/v1/unreadable?tenant=beta", "/v1/unreadable?tenant=gamma"),
        ("/v1/drift?tenant=beta", "/v1/drift?tenant=gamma"),
    ],
)
def test_what_belongs_to_another_tenant_is_not_told_from_what_does_not_exist(two_tenants, existing, missing):
    answer = two_tenants.ask(existing, "alpha")
    assert answer.status == 404
    assert answer == two_tenants.ask(missing, "alpha")


@pytest.mark.parametrize(
    "target",
    ["/v1/sessions/x", "/v1/sessions/007", "/v1/sessions/9223372036854775808", "/v1/sessions/-0", "/v1/inbox/１/body"],
)
def test_an_id_that_cannot_be_one_does_not_exist(two_tenants, target):
    assert two_tenants.ask(target).status == 404


def test_an_id_that_two_tenants_share_is_asked_for_with_its_tenant(two_tenants):
    path = f"/v1/sessions/{SHARED_SESSION}"
    assert two_tenants.ask(path).json()["code"] == "ambiguous"
    assert two_tenants.ask(f"{path}?tenant=beta").json()["session"]["record"]["remarks"] == "canary-beta"
    assert two_tenants.ask(path, "alpha").json()["session"]["record"]["remarks"] == "canary-alpha"


@pytest.mark.parametrize("target", [*PATHS.values(), "/nowhere", "/v1/sessions?limit=0", "/v1/sessions/0"])
@pytest.mark.parametrize("reader", ["nobody", "operator"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_answer_carries_the_security_headers(two_tenants, target, reader, method):
    headers = two_tenants.ask(target, reader, method=method).headers
    assert set(SECURITY_HEADERS) <= set(headers)


@pytest.mark.parametrize("path", [*PATHS.values(), "/nowhere"])
def test_head_is_get_without_its_body(two_tenants, path):
    # /metrics and the lists tell the time, so only what does not move is compared byte for byte.
    head, got = two_tenants.ask(path, method="HEAD"), two_tenants.ask(path)
    assert (head.status, head.body, head.header("content-type")) == (got.status, b"", got.header("content-type"))
    if path != PATHS["export"]:  # a stream, whose length nobody knows before its end
        assert int(head.header("content-length")) > 0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_405_and_says_which_are_taken(two_tenants, method):
    answer = two_tenants.ask("/v1/sessions", method=method)
    assert (answer.status, answer.json()["code"], answer.header("allow")) == (405, "method", "GET, HEAD")


def test_a_raw_body_is_the_bytes_that_arrived(world):
    body = b'{"id": 1,\r\n "remarks": "\xe5\xa4\x87\xe6\xb3\xa8" , "id":1 }\x00\xff'
    world.take("alpha", body)
    answer = world.ask("/v1/inbox/1/body", "alpha")
    assert (answer.status, answer.body) == (200, body)
    assert answer.header("content-type") == "application/octet-stream"
    assert answer.header("content-disposition").startswith("attachment")


def test_a_page_goes_on_where_the_last_one_ended(world):
    for number in range(7):
        world.take("alpha", session_body(number + 1, end_time=NOW + number // 2))
    world.project()
    seen, target = [], "/v1/sessions?limit=2"
    while target:
        page = world.ask(target).json()
        seen += [item["record"]["id"] for item in page["items"]]
        target = page["next_cursor"] and f"/v1/sessions?limit=2&cursor={page['next_cursor']}"
    assert seen == ["7", "6", "5", "4", "3", "2", "1"]


@pytest.mark.parametrize("listing", ["inbox", "quarantine"])
def test_a_listing_of_pushes_goes_on_where_it_ended(two_tenants, listing):
    whole = [item["id"] for item in two_tenants.ask(f"/v1/{listing}").json()["items"]]
    seen, target = [], f"/v1/{listing}?limit=1"
    while target:
        page = two_tenants.ask(target).json()
        seen += [item["id"] for item in page["items"]]
        target = page["next_cursor"] and f"/v1/{listing}?limit=1&cursor={page['next_cursor']}"
    assert seen == whole == sorted(whole, key=int, reverse=True)


def test_filters_are_anded(world):
    world.take("alpha", session_body(1, staff_name="小林", close_reason=7, end_time=NOW))
    world.take("alpha", session_body(2, staff_name="小林", close_reason=2, end_time=NOW))
    world.take("alpha", session_body(3, staff_name="小周", close_reason=7, end_time=NOW + 1))
    world.project()

    def found(query: str) -> list[str]:
        return [item["record"]["id"] for item in world.ask(f"/v1/sessions?{query}").json()["items"]]

    assert found(f"staff_name={quote('小林')}") == ["2", "1"]
    assert found(f"staff_name={quote('小林')}&close_reason=7") == ["1"]
    assert found(f"end_time_from={NOW + 1}") == ["3"]
    assert found(f"end_time_until={NOW + 1}") == ["2", "1"]


@pytest.mark.parametrize(
    ("target", "remedy"),
    [
        ("/v1/sessions?staff_nam=x", "did you mean `staff_name`"),
        ("/v1/sessions?q=1&q=2", "`q` stands twice"),
        ("/v1/sessions?sort=remarks", "`sort` must be one of"),
        ("/v1/sessions?span=7d&end_time_from=1", "exclude each other"),
        ("/v1/figures?figure=made_up", "/v1/definitions"),
        ("/v1/figures?by=remarks", "`by` must be one of"),
        ("/v1/figures?groups=0", "`groups` must be"),
        ("/v1/export?format=doc", "csv"),
        ("/v1/sessions?limit=1&limit=2", "`limit` stands twice"),
        ("/v1/sessions?cursor=made-up", "next_cursor"),
        ("/v1/sessions/1?staff_name=x", "there are: tenant"),
        ("/v1/inbox?page=2", "there are: cursor, limit, tenant"),
        ("/v1/inbox/1/body?download=1", "(none)"),
    ],
)
def test_a_parameter_that_cannot_be_read_names_the_remedy(two_tenants, target, remedy):
    answer = two_tenants.ask(target)
    assert (answer.status, answer.json()["code"]) == (400, "filter")
    assert remedy in answer.json()["detail"]


def test_a_session_shows_its_revisions_and_what_its_codes_mean(world):
    world.take("alpha", session_body(9, close_reason=7), signed_at=NOW // 1000)
    world.take("alpha", session_body(9, close_reason=2), signed_at=NOW // 1000 + 5)
    world.project()
    detail = world.ask("/v1/sessions/9").json()
    assert detail["session"]["revision_count"] == 2
    assert detail["session"]["labels"]["close_reason"]["zh"] == "用户长时间未说话，系统关闭"
    assert [(one["inbox_id"], one["is_current"]) for one in detail["revisions"]] == [("2", True), ("1", False)]


def test_a_reader_is_told_how_fresh_the_records_are(world):
    world.take("alpha", session_body(1))
    behind = world.ask("/v1/sessions").json()["freshness"]
    assert behind["as_of"] == NOW
    assert behind["seconds_behind"] > 0
    world.project()
    assert world.ask("/v1/sessions").json()["freshness"]["seconds_behind"] == 0


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.answer is not None])
def test_an_answer_has_exactly_the_shape_of_its_schema(two_tenants, name):
    answer = two_tenants.ask(PATHS[name])
    typed = msgspec.json.decode(answer.body, type=ROUTES[name].answer, strict=True)
    assert msgspec.to_builtins(typed) == answer.json()


def test_a_problem_speaks_the_reader_s_language(two_tenants):
    chinese = two_tenants.ask("/v1/sessions?limit=0", accept_language="zh-CN")
    assert (chinese.status, chinese.header("content-type")) == (400, "application/problem+json")
    assert chinese.json()["detail"] == "limit 应为 1 到 500 之间的整数。"
    assert two_tenants.ask("/v1/sessions?limit=0").json()["detail"].startswith("`limit` must be")


def test_readiness_is_503_with_every_reason(world):
    assert (world.ask("/readyz").status, world.ask("/readyz").json()) == (200, {"status": "ready", "reasons": []})
    world.status = STATUS._replace(not_ready=("disk", "store"))
    answer = world.ask("/readyz", "nobody")
    assert (answer.status, [reason["code"] for reason in answer.json()["reasons"]]) == (503, ["disk", "store"])
    assert world.ask("/healthz").json() == {"status": "ok", "nonce": "the-nonce", "version": "1.2.3"}


def test_a_store_that_is_away_is_503_and_metrics_still_answer(world):
    world.runner.run(world.store.close())
    answer = world.ask("/v1/sessions")
    assert (answer.status, answer.json()["code"], answer.header("retry-after")) == (503, "store", "5")
    metrics = world.ask("/metrics")
    assert metrics.status == 200
    assert b"afterchat_store_up 0.0" in metrics.body


def test_a_fault_is_a_problem_that_tells_nothing_of_it(world, caplog):
    world.app = build_app(world.sources._replace(tokens=lambda: 1 / 0), is_metrics_open=False)
    answer = world.ask("/v1/sessions?staff_name=private")
    assert (answer.status, answer.json()["code"]) == (500, "fault")
    assert b"ZeroDivision" not in answer.body
    assert "ZeroDivisionError" in caplog.text
    assert "private" not in caplog.text


@given(
    path=st.sampled_from([route.path.replace("{id}", "1") for route in ROUTES.values()]),
    query=st.text(st.characters(max_codepoint=255), max_size=60)
    | st.lists(
        st.tuples(st.sampled_from([*FILTER_TABLE, "cursor", "limit", "tenant"]), st.text(max_size=20)), max_size=3
    ).map(lambda pairs: "&".join(f"{name}={quote(value)}" for name, value in pairs)),
    reader=st.sampled_from(sorted(READERS)),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_query_is_answered_and_never_with_500(two_tenants, path, query, reader):
    assert two_tenants.ask(f"{path}?{query}", reader).status in {200, 400, 401, 403, 404}


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@given(st.lists(st.dictionaries(st.sampled_from([field.wire for field in FIELDS]), HOSTILE, max_size=6), max_size=3))
@settings(max_examples=60, deadline=None)
def test_whatever_was_pushed_can_be_read(bodies):
    world = World()
    try:
        for values in bodies:
            world.take("alpha", json.dumps({"id": 1, "sType": "0", **values}).encode())
        world.take("alpha", session_body(2))
        world.project()
        page = msgspec.json.decode(world.ask("/v1/sessions").body, type=SessionPage, strict=True)
        assert "2" in [item.record.id for item in page.items]
        for item in page.items:
            answer = world.ask(f"/v1/sessions/{item.record.id}")
            assert msgspec.json.decode(answer.body, type=SessionDetail, strict=True).session == item
    finally:
        world.close()
