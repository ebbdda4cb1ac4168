"""afterchat gives, for every vector under tests/vectors, what the vector says."""

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from afterchat.contract.codec import Decoded, Undecodable, decode
from afterchat.contract.record import FIELDS
from afterchat.contract.signature import body_md5, checksum_matches, is_within_window, read_time
from afterchat.contract.webhooks import sign_webhook, webhook_key, webhook_matches
from afterchat.edge.message import Request
from afterchat.receiver.intake import Refused, judge
from afterchat.receiver.rings import rings_in_force
from afterchat.store.ports import Arrival, Key, Tenant

ROOT = Path(__file__).parent.parent
NAMES = {field.wire: field.name for field in FIELDS}


def load(name):
    return json.loads((ROOT / "tests" / "vectors" / f"{name}.json").read_text("utf-8"))


CHECKSUM = load("checksum")
WEBHOOKS = load("webhooks")
BODIES = load("bodies")
REFUSALS = load("refusals")
COLLISION = load("md5-collision")


def by_name(vectors):
    return pytest.mark.parametrize("vector", vectors, ids=lambda vector: vector["name"])


def body_of(vector):
    if "body_repeat" in vector:
        recipe = vector["body_repeat"]
        return (recipe["before"] + recipe["part"] * recipe["times"] + recipe["after"]).encode()
    return base64.b64decode(vector["body_base64"])


def judged(query, secret, body, now_ms):
    tenant = Tenant("default", "legacy", (Key("key-1", secret.encode(), 0, None),))
    request = Request(b"POST", b"/push", query, (), body, "127.0.0.1")
    return judge(request, rings_in_force([tenant], now_ms), now_ms, 300)


def test_committed_vectors_are_what_the_tool_makes():
    run = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_vectors.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, "")


def test_vendor_sample_has_the_sums_computed_from_the_vendors_own_code():
    vendor = CHECKSUM["vectors"][0]
    assert body_md5(body_of(vendor)) == b"91001ecffb60c8deeeced7500b5eb733" == CHECKSUM["vendor_md5"].encode()
    assert vendor["checksum"] == "761bf245d771338de7482220e86ba1d742fff1d0"


@by_name(CHECKSUM["vectors"])
def test_checksum_is_taken_or_refused_as_its_vector_says(vector):
    secrets = [secret.encode() for secret in vector["secrets"]]
    matching = checksum_matches(secrets, body_of(vector), vector["time"].encode(), vector["checksum"].encode())
    assert matching == vector["match"]


@by_name(WEBHOOKS["vectors"])
def test_webhook_is_taken_or_refused_as_its_vector_says(vector):
    key = webhook_key(WEBHOOKS["secret"].encode())
    headers = [vector[f"webhook-{name}"].encode() for name in ("id", "timestamp", "signature")]
    assert webhook_matches([key], *headers, body_of(vector)) == vector["match"]


def test_webhook_is_signed_as_its_vector_says():
    vector = WEBHOOKS["vectors"][0]
    key = webhook_key(WEBHOOKS["secret"].encode())
    signed = sign_webhook(key, vector["webhook-id"], int(vector["webhook-timestamp"]), body_of(vector))
    assert signed == vector["webhook-signature"]


@by_name([vector for vector in BODIES["vectors"] if vector["expect"] == "readable"])
def test_readable_body_gives_the_values_problems_and_drift_of_its_vector(vector):
    decoded = decode(body_of(vector))
    assert isinstance(decoded, Decoded)
    values = {wire: getattr(decoded.record, NAMES[wire]) for wire in vector["values"]}
    if "customField" in values:
        values["customField"] = [
            [entry.field_id, entry.field_name, entry.field_value] for entry in values["customField"]
        ]
    assert values == vector["values"]
    assert sorted(problem.partition(":")[0] for problem in decoded.problems) == vector["problems"]
    assert sorted([note.kind, note.field] for note in decoded.drift) == vector["drift"]


@by_name([vector for vector in BODIES["vectors"] if vector["expect"] == "undecodable"])
def test_undecodable_body_gives_the_reason_of_its_vector(vector):
    decoded = decode(body_of(vector))
    assert isinstance(decoded, Undecodable)
    assert decoded.reason.startswith(vector["reason"])


def test_sample_of_the_vendors_page_loses_none_of_its_values():
    decoded = decode(json.dumps(BODIES["sample"]).encode())
    shown = {field.wire: getattr(decoded.record, field.name) for field in FIELDS}
    shown["customField"] = [
        {"fieldId": entry.field_id, "fieldName": entry.field_name, "fieldValue": entry.field_value}
        for entry in shown["customField"]
    ]
    assert shown == BODIES["sample"]


def test_x01_length_extended_checksum_is_right_and_refused_all_the_same():
    forged = REFUSALS["length_extension"]
    body, time = base64.b64decode(forged["body_base64"]), base64.b64decode(forged["forged_time_base64"])
    secret = forged["secret"].encode()
    signed_content = secret + hashlib.md5(body).hexdigest().encode() + time
    assert hashlib.sha1(signed_content).hexdigest() == forged["forged_checksum"]
    assert checksum_matches([secret], body, time, forged["forged_checksum"].encode()) == 0
    assert read_time(time) is None
    query = b"time=" + time + b"&checksum=" + forged["forged_checksum"].encode()
    verdict = judged(query, forged["secret"], body, 1_999_999_999_000)
    assert isinstance(verdict, Refused)
    assert (verdict.reason.status, verdict.reason.code) == (401, 14003)


@pytest.mark.parametrize("vector", REFUSALS["times"]["vectors"], ids=lambda vector: vector["time_base64"] or "empty")
def test_x01_only_ten_ascii_digits_are_a_time(vector):
    assert read_time(base64.b64decode(vector["time_base64"])) == vector["seconds"]


@pytest.mark.parametrize("vector", REFUSALS["window"]["vectors"], ids=lambda vector: str(vector["time"]))
def test_x05_window_is_open_to_both_sides_and_holds_its_edges(vector):
    window = REFUSALS["window"]
    assert is_within_window(vector["time"], window["now_ms"], window["window_seconds"]) == vector["is_within"]


@pytest.mark.parametrize("query", REFUSALS["queries"]["accepted"])
def test_query_with_each_parameter_once_is_taken(query):
    queries = REFUSALS["queries"]
    assert isinstance(judged(query.encode(), queries["secret"], b'{"id":1}', queries["time"] * 1000), Arrival)


@pytest.mark.parametrize("vector", REFUSALS["queries"]["refused"], ids=lambda vector: vector["query"] or "empty")
def test_x12_query_with_a_parameter_missing_or_repeated_is_refused(vector):
    queries = REFUSALS["queries"]
    verdict = judged(vector["query"].encode(), queries["secret"], b'{"id":1}', queries["time"] * 1000)
    assert isinstance(verdict, Refused)
    assert (verdict.reason.status, verdict.reason.code) == (vector["status"], vector["code"])


def test_x02_two_bodies_with_one_checksum_are_both_authentic_and_told_apart_by_sha256():
    bodies = [entry["body"].encode() for entry in COLLISION["bodies"]]
    arguments = COLLISION["time"].encode(), COLLISION["checksum"].encode()
    assert [checksum_matches([COLLISION["secret"].encode()], body, *arguments) for body in bodies] == [0, 0]
    assert [body_md5(body).decode() for body in bodies] == [COLLISION["md5"]] * 2
    assert [hashlib.sha256(body).hexdigest() for body in bodies] == [entry["sha256"] for entry in COLLISION["bodies"]]
    assert len(set(bodies)) == 2
