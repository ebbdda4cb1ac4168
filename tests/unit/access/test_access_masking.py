"""X46: every field has a class, every role sees what it may, and no mask ever gives the original back."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.access.masking import (
    HIDDEN,
    SERVICE,
    class_of,
    is_masked,
    masked_record,
    masked_sample,
    masked_value,
    masks_for,
    page_values,
    withheld,
)
from afterchat.access.roles import NO_RIGHTS, ROLES, SCOPE_RIGHTS
from afterchat.columns.layout import SORTABLE
from afterchat.contract.personal import PERSONAL, Personal
from afterchat.contract.record import FIELDS, CustomField, SessionRecord, blank_record
from afterchat.export.batch import Batch
from afterchat.store.ports import SessionRow

NAMES = {field.name for field in FIELDS}
CANARIES = {
    "user_id": 7731904412,
    "foreign_id": "canary-foreign-13800138000",
    "from_ip": "203.0.113.77",
    "from_page": "https://anna:canary-pw@shop.example/orders/13800138000?phone=canary-query#canary-part",
    "land_page": "canary of an app: anna's flat",
    "from_title": "canary title of anna",
    "search_key": "canary search",
    "evaluation_remark": "canary rating 差评",
    "remarks": "canary remark",
    "transfer_remarks": "canary transfer",
    "custom_field": (CustomField("canary-1", "canary name", "canary value"),),
}
RECORD = blank_record(id=9, staff_name="王小明", from_staff="李雷", category="a/b", **CANARIES)
MASKED = [NO_RIGHTS, ROLES["viewer"].rights, ROLES["analyst"].rights, SCOPE_RIGHTS["send"]]
UNMASKED = [ROLES["operator"].rights, ROLES["admin"].rights, SCOPE_RIGHTS["read"], SCOPE_RIGHTS["operate"]]


def values_of(record: SessionRecord) -> dict:
    return {field.name: getattr(record, field.name) for field in FIELDS}


def rendered(record: SessionRecord, rights) -> str:
    """Whatever a page, the API or an export would show of it."""
    row = SessionRow("acme", 1, 2, 3, 1, (), record)
    batch = Batch.of_rows([row]).masked(masks_for(rights))
    exported = {name: msgspec.to_builtins(batch.values(name)) for name in NAMES}
    page = msgspec.to_builtins(page_values(values_of(record), rights))
    api = msgspec.to_builtins(masked_record(record, rights))
    return json.dumps([page, api, exported], ensure_ascii=False)


def test_every_field_has_a_class_and_only_one():
    assert set(PERSONAL) | SERVICE == NAMES
    assert set(PERSONAL) & SERVICE == set()


def test_a_field_that_nobody_classed_is_hidden():
    assert Personal.WORDS is class_of("shoe_size")
    assert HIDDEN == masked_value("shoe_size", "forty-two", NO_RIGHTS)


@pytest.mark.parametrize("rights", MASKED)
def test_without_the_right_no_canary_is_rendered(rights):
    text = rendered(RECORD, rights)

    assert [word for word in ("canary", "7731904412", "13800138000", ".77", "anna", "差评") if word in text] == []
    assert "王小明" in text
    assert "李雷" in text
    assert "https://shop.example/orders/*" in text
    assert "203.0.113.*" in text


@pytest.mark.parametrize("rights", UNMASKED)
def test_with_the_right_everything_is_the_very_record(rights):
    assert masked_record(RECORD, rights) is RECORD
    assert values_of(RECORD) == page_values(values_of(RECORD), rights)
    assert {} == masks_for(rights)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("from_ip", "203.0.113.77", "203.0.113.*"),
        ("from_ip", " 203.0.113.77", "203.0.113.*"),
        ("from_ip", "2001:db8:1:2::77", "2001:db8:1:*"),
        ("from_ip", "::1", "0:0:0:*"),
        ("from_ip", "fe80::1%eth0", "fe80:0:0:*"),
        ("from_ip", "::ffff:203.0.113.77", "203.0.113.*"),
        ("from_ip", "203.0.113.77:8080", HIDDEN),
        ("from_ip", "203.0.113.77, 198.51.100.1", HIDDEN),
        ("foreign_id", "13800138000", "1*"),
        ("foreign_id", "张三", "张*"),
        ("foreign_id", "x", "*"),
        ("foreign_id", "x*", HIDDEN),
        ("user_id", 42, 0),
        ("remarks", "x" * 1000, HIDDEN),
        ("remarks", HIDDEN, "*"),
        ("remarks", "x", HIDDEN),
        ("from_page", "https://shop.example:8443/a/b?q=1", "https://shop.example:8443/a/b"),
        ("from_page", "http://me:pw@shop.example/#part", "http://shop.example/"),
        ("from_page", "http://[2001:db8::1]/a", "http://[2001:db8::1]/a"),
        ("from_page", "https://shop.example/a;jsessionid=1?x", "https://shop.example/a"),
        ("from_page", "https://shop.example/a%3Fphone=1", "https://shop.example/a"),
        ("from_page", "https://shop.example/u/13800138000/a@b.c", "https://shop.example/u/*/*"),
        ("from_page", "//shop.example/a", HIDDEN),
        ("from_page", "wx://my/page", HIDDEN),
        ("from_page", "http://[", HIDDEN),
        ("from_page", "http://a:b/", HIDDEN),
        ("land_page", "我的订单", HIDDEN),
        ("custom_field", CANARIES["custom_field"] * 3, (CustomField(HIDDEN, HIDDEN, HIDDEN),)),
    ],
)
def test_each_class_has_its_mask(name, value, expected):
    assert expected == masked_value(name, value, ROLES["viewer"].rights)


@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_what_is_empty_is_shown_as_empty(name):
    assert getattr(blank_record(), name) == masked_value(name, getattr(blank_record(), name), NO_RIGHTS)


PAGES = {name for name, personal in PERSONAL.items() if personal is Personal.PAGE}
TEXTS = sorted(field.name for field in FIELDS if field.type is str and field.name in set(PERSONAL) - PAGES)
TRICKY = st.one_of(
    st.text(min_size=2),
    st.text("●*", min_size=2, max_size=4),
    st.text("0123456789.:abcdef*/%", min_size=2, max_size=20),
    st.ip_addresses().map(str),
)


@given(st.sampled_from(TEXTS), TRICKY)
def test_a_masked_text_never_holds_the_original(name, value):
    shown = masked_value(name, value, NO_RIGHTS)

    assert value not in shown
    assert value not in page_values({name: value}, NO_RIGHTS)[name]


@given(st.integers(10, 2**63 - 1))
def test_a_masked_number_is_not_the_original(value):
    assert str(value) not in f"{masked_value('user_id', value, NO_RIGHTS)}"
    assert HIDDEN == page_values({"user_id": value}, NO_RIGHTS)["user_id"]


@given(st.tuples(*[st.text(min_size=2)] * 3))
def test_nothing_of_a_custom_field_is_shown(parts):
    (shown,) = masked_value("custom_field", (CustomField(*parts),), NO_RIGHTS)

    assert not any(part in masked for part in parts for masked in msgspec.structs.astuple(shown))


@given(
    st.sampled_from(sorted(PAGES)),
    st.sampled_from(["https://shop.example/a", "http://shop.example:81/", "https://me:QQ@shop.example/b/c"]),
    st.sampled_from(["?", "#", "%3f", ";", "?x#"]),
    st.text("QZ=&?#/%@", min_size=2),
)
def test_nothing_behind_a_page_is_shown(name, page, sign, behind):
    shown = masked_value(name, f"{page}{sign}{behind}", NO_RIGHTS)

    assert set("QZ?#@;&").isdisjoint(shown)


@given(st.sampled_from(sorted(PAGES)), st.text())
def test_a_page_that_is_none_is_hidden(name, text):
    shown = masked_value(name, text, NO_RIGHTS)

    assert shown in {"", HIDDEN, "*"} or shown.startswith(("http://", "https://"))


def test_a_raw_body_and_its_digest_are_withheld():
    assert [None] * 4 == [withheld(b"{}", rights) for rights in MASKED]
    assert [b"{}"] * 4 == [withheld(b"{}", rights) for rights in UNMASKED]


def test_a_sample_of_drift_is_shown_only_of_the_service():
    shown = [masked_sample(wire, "sample", NO_RIGHTS) for wire in ("closeReason", "foreignId", "phoneNumber", "")]

    assert ["sample", HIDDEN, HIDDEN, HIDDEN] == shown
    assert "sample" == masked_sample("phoneNumber", "sample", ROLES["operator"].rights)


def test_no_list_can_be_sorted_by_what_is_masked():
    assert not any(is_masked(name, NO_RIGHTS) for name in SORTABLE)
