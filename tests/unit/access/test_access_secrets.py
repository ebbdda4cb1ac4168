"""X40 and X45: a dump of the database, every `repr` and every log line are free of passwords, cookies and hashes."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import fields, is_dataclass

import pytest

from access_house import PASSWORD, House, SetClock
from afterchat.access.gate import Gate
from afterchat.access.identity import Identity, LoggedIn
from afterchat.store.open import open_store
from afterchat.store.people import AuditNote, LoginSession, User


def test_the_files_of_the_store_hold_no_password_and_no_cookie(tmp_path, passwords):
    store = asyncio.run(open_store(f"sqlite:///{tmp_path}", frozenset({"registry"})))
    house = House(store, SetClock(), passwords)
    house.user()
    logged_in = house.login()
    while_open = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    asyncio.run(store.close())
    held = while_open + b"".join(file.read_bytes() for file in tmp_path.iterdir())

    assert b"usr_" in held
    for secret in (PASSWORD, logged_in.cookie, logged_in.identity.csrf_token):
        assert secret.encode() not in held


def test_no_repr_shows_a_secret(house):
    house.user()
    logged_in = house.login()
    house.who(logged_in.cookie)
    (seen,) = house.gate._seen.values()
    session, user = seen.session, seen.user

    secrets = [
        logged_in.cookie,
        logged_in.identity.csrf_token,
        user.password_hash,
        repr(session.csrf_key),
        repr(session.sha256),
    ]
    shown = "".join(repr(one) for one in (logged_in, session, user, seen, house.gate, house.passwords, house.accounts))
    assert "anna" in shown
    assert [] == [secret for secret in secrets if secret in shown]


@pytest.mark.parametrize("kind", [User, LoginSession, LoggedIn, Identity, AuditNote])
def test_whatever_is_called_like_a_secret_is_hidden(kind):
    telling = ("hash", "cookie", "key", "token", "sha256", "password")
    assert is_dataclass(kind)

    for one in fields(kind):
        is_secret = any(word in one.name for word in telling) and not one.name.endswith("_at")
        assert one.repr is not is_secret, one.name


def test_no_log_line_and_no_error_tells_what_was_typed(house, caplog):
    house.user()
    with caplog.at_level(logging.DEBUG):
        logged_in = house.login()
        house.login(password="a wrong horse battery")
        house.login("secret name", "a wrong horse battery")
        house.who(logged_in.cookie)
        broken = Gate(house.store.people, house.clock, house.passwords)
        asyncio.run(house.store.close())
        with pytest.raises(Exception, match="closed") as raised:
            house.call(broken.login("anna", PASSWORD, "10.0.0.1"))

    said = caplog.text + repr(raised.value)
    assert "a login was refused" in said
    for secret in (PASSWORD, "wrong horse", "secret name", logged_in.cookie, "argon2", "10.0.0.1"):
        assert secret not in said
