"""Logging in and out: the lines of reliability X41, one test each, and revocation within a second (X40)."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from access_house import MINUTE, PASSWORD, QUICK
from afterchat.access.audit import ACTIONS
from afterchat.access.errors import PasswordsBusyError
from afterchat.access.identity import LoggedIn, Refused
from afterchat.access.passwords import PasswordFault, Passwords
from afterchat.access.roles import ROLES, Right
from afterchat.errors import StoreUnavailableError


def test_who_logs_in_has_the_rights_of_the_role_over_the_tenant(house):
    house.user("bert", "analyst", "acme")
    logged_in = house.login(" BERT ")

    identity = house.call(house.gate.who(logged_in.cookie))
    assert logged_in.identity == identity
    assert ("bert", "analyst", "acme") == (identity.name, identity.role, identity.tenant)
    assert ROLES["analyst"].rights == identity.rights
    assert (True, False) == (identity.may(Right.EXPORT_MASKED), identity.may(Right.EXPORT_UNMASKED))


@pytest.mark.parametrize(
    ("name", "password"),
    [("nobody", PASSWORD), ("anna", "wrong horse battery"), ("off", PASSWORD), ("a b", PASSWORD), ("anna", "x" * 9999)],
)
def test_every_refusal_is_the_same_value_after_one_hash(house, monkeypatch, name, password):
    house.user()
    house.user("off")
    house.call(house.accounts.disable("off"))
    hashes = []
    real = Passwords._is_right
    monkeypatch.setattr(Passwords, "_is_right", lambda *given: hashes.append(given[1]) or real(*given))

    assert Refused() == house.login(name, password)
    assert [len(hashes[0])] == [len(one) for one in hashes]
    assert hashes[0].startswith("$argon2id$v=19$m=8,t=1,p=1$")


def test_every_login_has_a_new_cookie_and_the_one_before_goes_on(house):
    house.user()
    first, second = house.cookie(), house.cookie()

    assert first != second
    assert ["anna", "anna"] == [house.who(first), house.who(second)]


def test_a_session_ends_after_thirty_idle_minutes_and_never_later(house):
    house.user()
    cookie, other = house.cookie(), house.cookie()
    house.clock.seconds = 29 * MINUTE
    assert "anna" == house.who(cookie)
    house.clock.seconds = 30 * MINUTE
    assert house.who(other) is None
    house.clock.seconds = 58.9 * MINUTE
    assert "anna" == house.who(cookie)
    house.clock.seconds = 89 * MINUTE
    assert house.who(cookie) is None


def test_a_session_ends_after_twelve_hours_however_busy(house):
    house.user()
    cookie = house.cookie()
    for minute in range(20, 720, 20):
        house.clock.seconds = minute * MINUTE
        assert "anna" == house.who(cookie)

    house.clock.seconds = 720 * MINUTE
    assert house.who(cookie) is None


def test_when_it_was_used_is_written_once_a_minute(house, monkeypatch):
    house.user()
    cookie, written = house.cookie(), []
    real = house.store.people.touch_session
    monkeypatch.setattr(house.store.people, "touch_session", lambda *given: written.append(given[1]) or real(*given))
    for second in range(0, 181, 3):
        house.clock.seconds = second
        house.who(cookie)

    assert [1_800_000_060_000, 1_800_000_120_000, 1_800_000_180_000] == written


def test_a_store_that_cannot_be_written_keeps_nobody_from_looking(house, monkeypatch):
    house.user()
    cookie = house.cookie()

    async def full(*_):
        raise StoreUnavailableError("full")

    monkeypatch.setattr(house.store.people, "touch_session", full)
    house.clock.seconds = 5 * MINUTE
    assert "anna" == house.who(cookie)


def test_logging_out_ends_this_session_at_once_and_no_other(house):
    house.user()
    cookie, other = house.cookie(), house.cookie()
    house.who(cookie)
    house.call(house.gate.logout(cookie))

    assert [None, "anna"] == [house.who(cookie), house.who(other)]
    house.call(house.gate.logout_everywhere(house.call(house.gate.who(other))))
    assert house.who(other) is None


@pytest.mark.parametrize(
    "revoke",
    [
        lambda house: house.accounts.disable("anna"),
        lambda house: house.accounts.remove("anna"),
        lambda house: house.accounts.set_password("anna", "another horse battery"),
        lambda house: house.new_gate().logout_everywhere(house.call(house.gate.who(house.cookie()))),
    ],
)
def test_what_another_process_revokes_ends_within_a_second(house, revoke):
    house.user()
    house.user("another")
    cookie = house.cookie()
    house.who(cookie)
    house.call(revoke(house))

    house.clock.seconds = 1.0
    assert house.who(cookie) is None


def test_another_role_is_in_force_within_a_second(house):
    house.user("bert", "operator")
    cookie = house.cookie("bert")
    house.who(cookie)
    house.call(house.accounts.set_role("bert", "viewer"))

    house.clock.seconds = 1.0
    assert ROLES["viewer"].rights == house.call(house.gate.who(cookie)).rights


def test_a_role_that_nobody_knows_has_no_right(house):
    house.user()
    user = house.call(house.store.people.user_named("anna"))
    from_the_future = dataclasses.replace(user, id="usr_x", name="xena", role="oracle")
    note = house.call(house.store.people.notes(None, None, 1))[0].note
    house.call(house.store.people.add_user(from_the_future, note))

    assert frozenset() == house.login("xena").identity.rights


def test_a_new_password_needs_the_old_one_ends_every_session_and_begins_another(house):
    house.user()
    cookie, other = house.cookie(), house.cookie()

    def changed(old, new):
        return house.call(house.gate.change_password(cookie, old, new, "10.0.0.1"))

    assert Refused() == changed("wrong horse battery", "another horse battery")
    assert isinstance(changed(PASSWORD, "short"), PasswordFault)
    assert house.call(house.gate.change_password("x" * 43, PASSWORD, "another horse battery", "10.0.0.1")) is None
    assert "anna" == house.who(cookie)
    logged_in = changed(PASSWORD, "another horse battery")
    assert isinstance(logged_in, LoggedIn)
    assert [None, None, "anna"] == [house.who(one) for one in (cookie, other, logged_in.cookie)]
    assert Refused() == house.login()
    assert isinstance(house.login(password="another horse battery"), LoggedIn)


def test_a_hash_of_other_parameters_is_made_anew_at_the_next_login(house):
    house.user()
    earlier = house.cookie()
    better = Passwords(QUICK._replace(passes=2))
    try:
        house.gate._passwords = better
        house.cookie()
    finally:
        better.close()

    assert "$m=8,t=2,p=1$" in house.call(house.store.people.user_named("anna")).password_hash
    assert "anna" == house.who(earlier)


def test_a_user_has_at_most_twenty_sessions_and_the_oldest_leaves(house):
    house.user()
    cookies = []
    for second in range(21):
        house.clock.seconds = second
        cookies.append(house.cookie())

    assert [None] + ["anna"] * 20 == [house.who(cookie) for cookie in cookies]


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "é" * 43, "x" * 99_999, "\0" * 43])
def test_what_is_no_cookie_of_ours_is_nobody(house, cookie):
    house.user()
    house.cookie()

    assert house.who(cookie) is None
    house.call(house.gate.logout(cookie))


def test_a_password_changed_while_it_was_checked_begins_no_session(house, monkeypatch):
    house.user()
    real = house.passwords.verify

    async def slow(*given):
        is_right = await real(*given)
        await house.accounts.set_password("anna", "another horse battery")
        return is_right

    monkeypatch.setattr(house.passwords, "verify", slow)
    assert Refused() == house.login()


def test_too_many_at_once_are_told_to_come_back(house):
    house.user()
    house.passwords._under_way = 1_000

    assert Refused(5) == house.login()


def test_without_time_to_hash_nothing_changes(house, monkeypatch):
    house.user()
    cookie = house.cookie()

    async def busy(_password):
        raise PasswordsBusyError("busy")

    monkeypatch.setattr(house.passwords, "hash", busy)
    monkeypatch.setattr(house.passwords, "is_outdated", lambda _hash: True)
    assert Refused(5) == house.call(house.gate.change_password(cookie, PASSWORD, "another horse battery", "10.0.0.1"))
    assert "anna" == house.who(cookie)
    assert isinstance(house.login(), LoggedIn)


def test_a_program_that_guesses_is_slowed_down_and_the_user_at_home_is_not(house):
    house.user()

    async def guesses():
        return [await house.gate.login("anna", f"guess number {n}", "10.6.6.6") for n in range(12)]

    answers = house.call(guesses())
    assert [Refused()] * 10 + [Refused(10)] * 2 == answers
    assert isinstance(house.login(peer="10.0.0.1"), LoggedIn)


def test_logins_and_changes_stand_in_the_audit_by_id(house):
    user = house.user()
    cookie = house.cookie()
    house.call(house.gate.change_password(cookie, PASSWORD, "another horse battery", "10.0.0.1"))

    notes = [row.note for row in house.call(house.store.people.notes(None, None, 9))]
    assert ["login", "password.change", "login", "user.add"] == [note.what for note in notes]
    assert [(user.id, user.id)] * 3 + [("cli", user.id)] == [(note.who, note.object) for note in notes]
    assert {note.what for note in notes} <= set(ACTIONS)


def test_logins_at_the_same_time_all_succeed(house):
    house.user()

    async def many():
        return await asyncio.gather(*(house.gate.login("anna", PASSWORD, f"10.0.0.{n}") for n in range(8)))

    assert 8 == len({logged_in.cookie for logged_in in house.call(many())})
