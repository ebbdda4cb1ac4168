"""The token of a form and the origin of a request (reliability X42)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.access.cookie import new_cookie
from afterchat.access.csrf import csrf_token, is_from_here, is_right_token, masked_token

COOKIE = new_cookie()
TOKEN = csrf_token(b"k" * 32, COOKIE)


def test_a_token_is_of_one_session_and_shows_nothing_of_the_cookie():
    assert is_right_token([TOKEN], TOKEN)
    assert 3 == len({TOKEN, csrf_token(b"l" * 32, COOKIE), csrf_token(b"k" * 32, new_cookie())})
    assert COOKIE not in TOKEN


@pytest.mark.parametrize("claimed", [[], [""], [COOKIE], [TOKEN.upper()], [TOKEN, TOKEN], [TOKEN + " "], ["é" * 64]])
def test_any_other_token_is_refused(claimed):
    assert not is_right_token(claimed, TOKEN)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_masked_token_is_as_good_and_never_the_same_twice(noise, other):
    masked = masked_token(TOKEN, noise)

    assert is_right_token([masked], TOKEN)
    assert not is_right_token([masked], csrf_token(b"l" * 32, COOKIE))
    assert (noise == other) == (masked == masked_token(TOKEN, other))


@pytest.mark.parametrize(
    ("origins", "hosts", "sites", "scheme", "is_ours"),
    [
        (["http://here:8000"], ["here:8000"], [], "http", True),
        (["http://HERE:8000"], ["Here:8000"], [], "http", True),
        (["https://here"], ["here:443"], [], "https", True),
        (["http://here:80"], ["here"], [], "http", True),
        (["http://[::1]:8000"], ["[::1]:8000"], [], "http", True),
        (["http://here:8000"], ["here:8000"], ["cross-site"], "http", True),
        (["http://here:8001"], ["here:8000"], [], "http", False),
        (["http://here"], ["here"], [], "https", False),
        (["https://here"], ["here"], ["same-origin"], "http", False),
        (["http://there"], ["here"], ["same-origin"], "http", False),
        (["http://here.evil"], ["here"], [], "http", False),
        (["http://sub.here"], ["here"], ["same-site"], "http", False),
        (["http://here@evil"], ["here"], [], "http", False),
        (["http://here/"], ["here"], [], "http", False),
        (["http://here:"], ["here"], [], "http", False),
        (["null"], ["here"], ["same-origin"], "http", False),
        ([""], ["here"], ["same-origin"], "http", False),
        (["http://here", "http://here"], ["here"], [], "http", False),
        (["http://here"], ["here", "here"], [], "http", False),
        (["http://here"], [], [], "http", False),
        (["ftp://here"], ["here"], [], "ftp", False),
        ([], ["here"], ["same-origin"], "http", True),
        ([], ["here"], ["same-site"], "http", False),
        ([], ["here"], ["none"], "http", False),
        ([], ["here"], ["same-origin", "same-origin"], "http", False),
        ([], ["here"], [], "http", False),
        ([], [], ["same-origin"], "http", False),
    ],
)
def test_only_a_page_of_this_very_address_may_send(origins, hosts, sites, scheme, is_ours):
    assert is_ours is is_from_here(origins, hosts, sites, scheme)


@given(st.text(), st.text())
def test_any_header_can_be_read(origin, host):
    assert not is_from_here([origin], [host], ["same-origin"], "https")
