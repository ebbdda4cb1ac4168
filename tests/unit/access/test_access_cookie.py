"""The cookie: its flags, and that only one of ours is ever read (reliability X41)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.access.cookie import cookie_in, digest_of, ended_cookie, new_cookie, set_cookie

COOKIE = "A" * 42 + "_"


def test_the_cookie_has_256_random_bits_and_every_flag():
    assert 100 == len({new_cookie() for _ in range(100)})
    assert 43 == len(new_cookie())
    assert f"__Host-afterchat={COOKIE}; Path=/; HttpOnly; SameSite=Lax; Secure" == set_cookie(COOKIE, is_secure=True)
    assert f"afterchat={COOKIE}; Path=/; HttpOnly; SameSite=Lax" == set_cookie(COOKIE, is_secure=False)
    assert "__Host-afterchat=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0" == ended_cookie(is_secure=True)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([f"afterchat={COOKIE}"], COOKIE),
        ([f"lang=zh;afterchat={COOKIE} ; x"], COOKIE),
        (["lang=zh", f"afterchat={COOKIE}"], COOKIE),
        ([f"afterchat={COOKIE}; afterchat={COOKIE}"], None),  # somebody planted one
        ([f"__Host-afterchat={COOKIE}"], None),
        ([f"Afterchat={COOKIE}"], None),
        ([f'afterchat="{COOKIE}"'], None),
        ([f"afterchat={COOKIE}A"], None),
        (["afterchat="], None),
        ([f"afterchat={COOKIE}", *["a=b"] * 8], None),
        ([], None),
    ],
)
def test_exactly_one_cookie_of_the_right_name_is_read(headers, found):
    assert found == cookie_in(headers, is_secure=False)


def test_over_https_only_the_cookie_that_nobody_else_can_plant_is_read():
    assert COOKIE == cookie_in([f"afterchat={'B' * 43}; __Host-afterchat={COOKIE}"], is_secure=True)
    assert cookie_in([f"afterchat={COOKIE}"], is_secure=True) is None


@given(st.lists(st.text(), max_size=10), st.text(), st.booleans())
def test_any_header_and_any_cookie_can_be_read(headers, cookie, is_secure):
    assert cookie_in(headers, is_secure=is_secure) is None
    assert digest_of(cookie) is None


def test_a_session_is_known_by_a_digest_of_its_cookie():
    cookie = new_cookie()
    digest = digest_of(cookie)

    assert digest is not None
    assert (32, False) == (len(digest), cookie.encode() in digest)
    assert cookie == cookie_in([set_cookie(cookie, is_secure=True).partition(";")[0]], is_secure=True)
