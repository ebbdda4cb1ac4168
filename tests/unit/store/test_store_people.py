"""People in a file: the audit is append-only even for whoever has the database open, and readers change nothing."""

from __future__ import annotations

import asyncio

import apsw
import pytest

from afterchat.errors import CallerError, StoreUnavailableError
from afterchat.store.open import open_store
from afterchat.store.people import AuditNote, User
from afterchat.store.sql import people

NOTE = AuditNote(1, "cli", None, "login", "usr_1", {})


def test_a_line_of_the_audit_cannot_be_changed(tmp_path):
    async def write():
        store = await open_store(f"sqlite:///{tmp_path}", frozenset({"registry"}))
        await store.people.write_note(NOTE)
        await store.close()

    asyncio.run(write())
    with apsw.Connection(str(tmp_path / "registry.db")) as connection:
        with pytest.raises(apsw.ConstraintError, match="append-only"):
            connection.execute("UPDATE audit SET who = 'nobody'")
        assert "cli" == connection.execute("SELECT who FROM audit").get


def test_there_is_a_bound_on_users(monkeypatch):
    monkeypatch.setattr(people, "USERS_MAX", 1)

    async def add():
        store = await open_store("sqlite://", frozenset())
        for name in ("anna", "bert"):
            await store.people.add_user(User(name, name, "viewer", None, "hash", 1, 1), NOTE)

    with pytest.raises(CallerError, match="there are 1 users"):
        asyncio.run(add())


def test_a_store_that_is_only_read_keeps_no_note(tmp_path):
    async def write():
        store = await open_store(f"sqlite:///{tmp_path}", frozenset())
        try:
            await store.people.write_note(NOTE)
        finally:
            await store.close()

    with pytest.raises(StoreUnavailableError, match="for reading only"):
        asyncio.run(write())
