"""Passwords: which are taken, with which parameters they are hashed, and how many at once."""

from __future__ import annotations

import asyncio
import threading

import argon2
import pytest
from argon2.exceptions import VerificationError
from hypothesis import given, settings
from hypothesis import strategies as st

from access_house import QUICK
from afterchat.access.errors import PasswordsBusyError
from afterchat.access.passwords import HASHING, Hashing, Passwords, password_fault, readable_password


def test_the_parameters_are_those_that_the_library_recommends():
    library = argon2.PasswordHasher()

    assert (
        Hashing(library.time_cost, library.memory_cost, library.parallelism, library.hash_len, library.salt_len)
        == HASHING
    )
    made = Passwords()
    try:
        assert asyncio.run(made.hash("correct horse battery")).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    finally:
        made.close()


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("x" * 11, False),
        ("x" * 12, True),
        ("密" * 12, True),
        ("e\u0301" * 11, False),  # eleven letters, however they are typed
        ("x" * 1024, True),
        ("x" * 1025, False),
        ("密" * 341, True),
        ("密" * 342, False),
        ("Anna.Lindholm", False),
        ("anna.lindholm2", True),
        ("\ud800" * 12, True),
        ("", False),
    ],
)
def test_a_password_has_its_length_and_is_not_the_name(password, is_taken):
    assert is_taken is (password_fault(password, "anna.lindholm") is None)


def test_a_full_width_digit_is_the_digit(passwords):
    kept = asyncio.run(passwords.hash("battery 12345"))

    assert asyncio.run(passwords.verify(kept, "battery １２３４５"))
    assert not asyncio.run(passwords.verify(kept, "battery 12346"))


@given(st.text(max_size=2000))
@settings(max_examples=60)
def test_any_text_can_be_tried_and_is_never_nobodys_password(text):
    passwords = Passwords(QUICK)
    try:
        assert not asyncio.run(passwords.verify(None, text))
        assert not asyncio.run(passwords.verify("no hash at all", text))
        if password_fault(text, "") is None:
            assert asyncio.run(passwords.verify(asyncio.run(passwords.hash(text)), text))
    finally:
        passwords.close()


def test_nobodys_hash_is_a_hash_of_the_same_parameters_and_of_chance():
    first, second = Passwords(QUICK), Passwords(QUICK)
    try:
        assert not first.is_outdated(first._nobodys_hash)
        assert first.is_outdated(f"$argon2id$v=19$m=8,t=2,p=1${'A' * 11}${'A' * 22}")
        assert first._nobodys_hash != second._nobodys_hash
    finally:
        first.close()
        second.close()


def test_two_are_hashed_at_once_and_a_bound_waits(passwords, monkeypatch):
    gate, running, peak = threading.Event(), [], []

    def held(*_):
        running.append(1)
        peak.append(len(running))
        gate.wait(10)
        running.pop()
        return True

    monkeypatch.setattr(passwords, "_is_right", held)

    async def crowd():
        tries = [asyncio.ensure_future(passwords.verify("hash", "password")) for _ in range(60)]
        while len(peak) < 2:
            await asyncio.sleep(0.001)
        gate.set()
        return await asyncio.gather(*tries, return_exceptions=True)

    answers = asyncio.run(crowd())
    assert (52, 8) == (answers.count(True), sum(isinstance(one, PasswordsBusyError) for one in answers))
    assert 2 == max(peak)
    assert 0 == passwords._under_way


def test_without_memory_nobody_is_told_that_the_password_is_wrong(passwords, monkeypatch):
    def starved(*_):
        raise VerificationError("Memory allocation error")

    monkeypatch.setattr(passwords, "_is_right", starved)
    with pytest.raises(PasswordsBusyError, match="memory"):
        asyncio.run(passwords.verify("hash", "correct horse battery"))


def test_who_goes_away_while_it_is_hashed_leaves_no_trace(passwords):
    async def leave():
        trying = asyncio.ensure_future(passwords.verify(None, "correct horse battery"))
        await asyncio.sleep(0)
        trying.cancel()
        await asyncio.gather(trying, return_exceptions=True)
        while passwords._under_way:
            await asyncio.sleep(0.001)

    asyncio.run(leave())
    assert not asyncio.run(passwords.verify(None, "correct horse battery"))


def test_a_password_made_here_is_taken_and_never_the_same():
    made = {readable_password() for _ in range(100)}

    assert 100 == len(made)
    assert all(password_fault(one, "admin") is None and set("il1o0").isdisjoint(one) for one in made)
