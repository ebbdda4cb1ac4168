"""The page of one session: whose it is, what each role sees of it, and that nothing in a record leaves its place."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest
from session_house import NOW, SessionHouse, body_of, words_in

from afterchat.access.roles import ROLES
from afterchat.contract.record import FIELDS, CustomField
from afterchat.dashboard.errors import MissingError
from afterchat.dashboard.pages.session import session_address
from afterchat.query.errors import BilingualFilterError

EVIL = """</script><script>alert(1)</script><img src=x onerror=alert(1)>"'{{7*7}}"""
SECRET = "Zhao-Yi-4711"


@pytest.fixture(name="house")
def _house():
    house = SessionHouse()
    yield house
    house.close()


def test_the_page_says_every_field_with_its_name_on_the_wire_in_both_languages(house):
    house.push(body_of(7, category="账户/登录", evaluation_type=5, evaluation=75))
    for language in ("zh", "en"):
        page = house.page(7, language=language)
        fields = [(field.zh if language == "zh" else field.en).replace("`", "") for field in FIELDS]
        said = words_in(page)
        assert [] == [label for label in fields if label not in said]
        assert [] == [field.wire for field in FIELDS if f"<code>{field.wire}</code>" not in page]
        assert "账户/登录" in page


@pytest.mark.parametrize("role", sorted(ROLES))
def test_whoever_may_not_see_personal_fields_finds_them_nowhere_on_the_page(house, role):
    personal = dict.fromkeys(("remarks", "from_title", "foreign_id", "evaluation_remark", "search_key"), SECRET)
    own = (CustomField(SECRET, SECRET, SECRET),)
    first = body_of(7, **personal, user_id=88_112_233, custom_field=own)
    second = body_of(
        7, **{**personal, "remarks": SECRET + "!"}, user_id=99_112_233, from_page=f"https://a.example/?{SECRET}"
    )
    house.push(first, second)
    page = house.page(7, role)
    sees_all = role in {"operator", "admin"}
    hidden = (SECRET, "88112233", "99112233", sha256(first).hexdigest(), sha256(second).hexdigest(), '/body">')
    assert dict.fromkeys(hidden, sees_all) == {text: text in page for text in hidden}
    assert sees_all is not ("masked only" in page)


def test_hostile_text_in_any_field_stays_text_and_becomes_no_link(house):
    texts = {field.name: EVIL for field in FIELDS if field.type is str and not field.coded and not field.unit}
    own = (CustomField(EVIL, EVIL, EVIL),)
    pages = {"from_page": "javascript:alert(1)", "land_page": "https://a.example/x?y=1"}
    house.push(body_of(7), body_of(7, **{**texts, **pages}, custom_field=own, from_type=EVIL, s_type=EVIL))
    page = house.page(7)
    assert (False, False) == ("alert(1)</script>" in page, "<img src=x" in page)
    hrefs = re.findall(r'href="([^"]*)"', page)
    assert [] == [href for href in hrefs if not href.startswith(("/", "#", "https://a.example/"))]
    assert "https://a.example/x?y=1" in hrefs


def test_versions_are_listed_with_what_each_changed(house):
    rated = {"evaluation_type": 5, "evaluation": 75, "user_join_evaluate_time": str(NOW + 60_000)}
    house.push(body_of(7), body_of(7, **rated))
    said = words_in(house.page(7))
    assert "2 versions" in said
    assert "rated after the end" in said
    assert "evaluation not rated satisfied" in said
    assert "The first version." in said


def test_what_the_record_contradicts_and_what_could_not_be_read_stands_on_the_page(house):
    house.push(body_of(7, start_time=NOW + 5, is_valid=0).replace(b'"ender":0', b'"ender":[]'))
    said = words_in(house.page(7))
    assert "It ended before it began" in said
    assert "is an array, not a number" in said
    assert "unreadable fields: 1" in said
    assert "invalid" in said


def test_a_session_of_another_tenant_and_one_that_is_not_there_get_the_same_answer(house):
    house.push(body_of(7), tenant="acme")
    for session_id, more in (
        (7, {"tenant": "globex"}),
        (7, {"tenant": "globex", "pairs": (("tenant", "acme"),)}),
        (7, {"pairs": (("tenant", "globex"),)}),
        (8, {}),
        ("x", {}),
        ("07", {}),
        ("9" * 30, {}),
        (2**63, {}),
    ):
        with pytest.raises(MissingError):
            house.answer(session_id, **more)
    assert "Session 7" in house.page(7, tenant="acme")


def test_an_id_that_several_tenants_have_is_a_choice_between_them(house):
    house.push(body_of(7), tenant="acme")
    house.push(body_of(7), tenant="globex")
    page = house.page(7, pairs=(("back", "/sessions?cursor=x"),))
    assert 'href="/sessions/7?tenant=acme&amp;back=%2Fsessions%3Fcursor%3Dx"' in page
    assert "/sessions/7?tenant=globex" in page
    assert "All fields" in house.page(7, pairs=(("tenant", "globex"),))
    assert "All fields" in house.page(7, tenant="acme")


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil"])
def test_the_way_back_leads_to_a_page_of_ours_only(house, back):
    house.push(body_of(7))
    page = house.page(7, pairs=(("back", back),))
    assert (False, False, True) == ("evil" in page, "alert" in page, 'class="button" href="/sessions"' in page)
    assert 'href="/sessions?cursor=x"' in house.page(7, pairs=(("back", "/sessions?cursor=x"),))


@pytest.mark.parametrize("pairs", [(("whom", "1"),), (("back", "/a"), ("back", "/b"))])
def test_what_nobody_asked_for_in_the_address_is_refused(house, pairs):
    house.push(body_of(7))
    with pytest.raises(BilingualFilterError):
        house.answer(7, pairs=pairs)


def test_a_journey_links_its_sessions_and_says_when_it_is_not_known_yet(house):
    house.push(body_of(7, interaction=1, related_id=8, related_type=2, staff_name="机器人"), is_in_columns=False)
    assert "not known yet" in house.page(7)
    house.push(body_of(8, interaction=0, related_id=7, related_type=1, human_transfer_session_id=99))
    page = house.page(7)
    assert session_address(8, "acme").replace("&", "&amp;") in page
    assert "机器人" in page
    assert "<code>99</code>" in page


def test_deliveries_are_shown_where_there_is_a_sending_end_and_left_out_where_there_is_none(house):
    house.push(body_of(7))
    assert 'id="deliveries"' not in house.page(7)
    house.has_sender = True
    assert 'id="deliveries"' in house.page(7)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_command_that_erases_is_for_those_who_may_and_is_made_of_ids_only(house, role):
    house.push(body_of(7, user_id=4711, foreign_id="$(reboot)"), tenant="acme")
    page = house.page(7, role)
    commands = re.findall(r"<code>(afterchat records erase [^<]*)</code>", page)
    expected = [
        f"afterchat records erase {whom} --tenant acme --receipt erased.json"
        for whom in ("--user-id 4711", "--session 7")
    ]
    assert (expected if role == "admin" else []) == commands
