"""The check finds every kind of damage, says where it is, and never fails itself."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import apsw
import pytest

from afterchat.clock import SystemClock
from afterchat.contract.record import latest_moment
from afterchat.projector.loop import project_once
from afterchat.store.open import Store
from afterchat.store.ports import Applied, Projected
from afterchat.store.sqlite.check import CheckProgress, Finding, check_folder
from conformance.cast import SIGNED_AT, arrival, body, record, refused

PUSHES = 30


def filled(store: Store) -> None:
    """Thirty sessions, repeats and a quarantine, projected and closed."""
    pushes = [arrival(body(number)) for number in range(1, PUSHES + 1)]
    asyncio.run(store.inbox.append_all(pushes))
    asyncio.run(store.inbox.append_all([pushes[0], pushes[1]._replace(signed_at=SIGNED_AT + 1)]))
    asyncio.run(store.quarantine.put_all([refused(b"1"), refused(body(77), tenant="acme")]))
    sessions = [
        Projected(row.id, row.tenant, row.id, row.signed_at, row.arrived_at, row.sha256, latest_moment(made), made, ())
        for row in asyncio.run(store.inbox.read_after(0, PUSHES))
        for made in (record(row.id),)
    ]
    asyncio.run(store.records.apply(Applied(sessions, [], [], [], 0, PUSHES, 0, 1)))
    asyncio.run(store.close())


def projected_by_the_program(store: Store) -> None:
    """A session that was revised twice and signed again, and a push that nobody can read."""
    first, second, third = (body(1, remarks=text) for text in ("一", "二", "三"))
    pushes = [
        arrival(first),
        arrival(second, signed_at=SIGNED_AT + 9),
        arrival(b"\xff"),
        arrival(third, signed_at=SIGNED_AT + 2),
    ]
    asyncio.run(store.inbox.append_all(pushes))
    asyncio.run(store.inbox.append_all([pushes[0]._replace(signed_at=SIGNED_AT + 5)]))
    clock = SystemClock()
    while asyncio.run(project_once(store.inbox, store.records, clock, batch_rows=2)) is not None:
        pass
    asyncio.run(store.close())


def findings(folder: Path) -> list[Finding]:
    return [one for one in check_folder(folder) if isinstance(one, Finding)]


def damage(folder: Path, database: str, sql: str) -> None:
    connection = apsw.Connection(str(folder / f"{database}.db"))
    connection.execute(sql)
    connection.close()


def test_a_whole_store_has_no_findings_and_shows_how_far_the_check_is(store: Store, folder: Path) -> None:
    filled(store)

    reports = list(check_folder(folder))
    assert [] == [one for one in reports if isinstance(one, Finding)]
    progress = [one for one in reports if isinstance(one, CheckProgress)]
    assert CheckProgress("inbox.db pushes", PUSHES, PUSHES) in progress
    assert CheckProgress("inbox.db quarantined pushes", 2, 2) in progress


@pytest.mark.parametrize(
    ("database", "sql", "where"),
    [
        ("inbox", "UPDATE push SET body = x'28b52ffd' WHERE id = 7", "push 7"),
        ("inbox", "UPDATE push SET sha256 = zeroblob(32) WHERE id = 7", "push 7"),
        ("inbox", "UPDATE push SET signed_at = signed_at + 1 WHERE id = 7", "push 7"),
        ("inbox", "UPDATE push SET arrived_at = arrived_at + 1 WHERE id = 7", "push 7"),
        ("inbox", "UPDATE push SET locality = 1 WHERE id = 7", "push 7"),
        ("inbox", "UPDATE push SET key_id = tenant_id WHERE id = 7", "push 7"),
        ("inbox", "UPDATE push SET tenant_id = 99 WHERE id = 7", "push 7"),
        ("inbox", "UPDATE push SET body_bytes = 999999999999 WHERE id = 7", "push 7"),
        ("inbox", "UPDATE push SET dictionary_id = 9 WHERE id = 7", "push 7"),
        ("inbox", "UPDATE push SET row_digest = zeroblob(8) WHERE id = 7", "push 7"),
        ("inbox", "DELETE FROM push WHERE id = 7", "push 7"),
        ("inbox", f"DELETE FROM push WHERE id = {PUSHES}", ""),
        ("inbox", "UPDATE name SET text = 'defaulu' WHERE text = 'default'", "push 7"),
        ("inbox", "UPDATE name SET text = CAST(x'ff' AS TEXT) WHERE text = 'default'", ""),
        ("inbox", "DELETE FROM dictionary", "push 7"),
        ("inbox", "UPDATE dictionary SET bytes = zeroblob(8192)", "dictionary 1"),
        ("inbox", "UPDATE repeat_total SET arrival_count = 9 WHERE inbox_id = 1", "repeats"),
        ("inbox", "UPDATE repeat SET arrival_count = 9", "push 2"),
        ("inbox", "UPDATE quarantine SET body = x'00' WHERE id = 1", "quarantined push 1"),
        ("inbox", "UPDATE quarantine SET authentic = 0 WHERE id = 2", "quarantined push 2"),
        ("inbox", "UPDATE quarantine SET query = 'x' WHERE id = 2", "quarantined push 2"),
        ("records", "UPDATE session SET sha256 = zeroblob(32) WHERE inbox_id = 7", "push 7"),
        ("records", "DELETE FROM session WHERE inbox_id = 7", "sessions"),
        ("records", "UPDATE progress SET inbox_cursor = 500", ""),
        ("records", "UPDATE session SET revision_count = 2 WHERE inbox_id = 7", "revisions of sessions"),
        ("records", "UPDATE session SET inbox_id = 99 WHERE inbox_id = 7", "push 99"),
    ],
)
def test_damage_is_found_where_it_is(store: Store, folder: Path, database: str, sql: str, where: str) -> None:
    filled(store)
    damage(folder, database, sql)

    assert where in [one.where for one in findings(folder)]


@pytest.mark.parametrize(
    ("column", "sql"),
    [
        ("staff_name", "UPDATE session SET staff_name = '王小朋' WHERE inbox_id = 7"),
        ("end_time", "UPDATE session SET end_time = end_time + 256 WHERE inbox_id = 7"),
        ("custom_field", "UPDATE session SET custom_field = '[]' WHERE inbox_id = 7"),
        ("problems", "UPDATE session SET problems = '[]' WHERE inbox_id = 7"),
        ("id", "UPDATE session SET id = 777 WHERE inbox_id = 7"),
        ("latest_moment", "UPDATE session SET latest_moment = 1 WHERE inbox_id = 7"),
        ("signed_at", "UPDATE session SET signed_at = signed_at + 1 WHERE inbox_id = 7"),
        ("arrived_at", "UPDATE session SET arrived_at = 1 WHERE inbox_id = 7"),
        ("revision_count", "UPDATE session SET revision_count = 2 WHERE inbox_id = 7"),
        ("tenant", "UPDATE tenant SET name = 'defaulu'"),
    ],
)
def test_a_changed_field_of_a_record_is_named_with_the_remedy(
    store: Store, folder: Path, column: str, sql: str
) -> None:
    filled(store)
    damage(folder, "records", sql)

    (said,) = [one for one in findings(folder) if (one.file, one.where) == ("records.db", "push 7")]
    assert column in said.what.partition(":")[0].split(", ")
    assert "afterchat records rebuild" in said.what
    assert "afterchat records rebuild" in said.what_zh


def test_text_that_is_no_text_any_more_is_found_in_its_row_only(store: Store, folder: Path) -> None:
    filled(store)
    damage(folder, "records", "UPDATE session SET staff_name = CAST(x'e78b' AS TEXT) WHERE inbox_id = 7")

    assert ["push 7"] == [one.where for one in findings(folder)]


@pytest.mark.parametrize(
    ("column", "sql"),
    [
        ("session_id", "UPDATE superseded SET session_id = 8 WHERE inbox_id = {inbox_id}"),
        ("latest_moment", "UPDATE superseded SET latest_moment = 8 WHERE inbox_id = {inbox_id}"),
        ("signed_at", "UPDATE superseded SET signed_at = 8 WHERE inbox_id = {inbox_id}"),
        ("arrived_at", "UPDATE superseded SET arrived_at = 8 WHERE inbox_id = {inbox_id}"),
        ("reason", "UPDATE unreadable SET reason = 'x' WHERE inbox_id = {inbox_id}"),
        ("arrived_at", "UPDATE unreadable SET arrived_at = 8 WHERE inbox_id = {inbox_id}"),
    ],
)
def test_older_revisions_and_unreadable_pushes_are_compared_too(
    store: Store, folder: Path, column: str, sql: str
) -> None:
    projected_by_the_program(store)
    assert [] == findings(folder)
    damage(folder, "records", sql.format(inbox_id=4 if "superseded" in sql else 3))

    assert column in " ".join(one.what for one in findings(folder))


def test_a_million_differences_are_so_many_findings_and_a_count(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("afterchat.store.sqlite.check_records.FINDINGS_MAX", 3)
    filled(store)
    damage(folder, "records", "UPDATE session SET staff_name = 'x'")

    found = findings(folder)
    assert (4, f"{PUSHES - 3} more rows of session") == (len(found), found[-1].what.partition(" differ")[0])


def test_any_flipped_bit_in_a_stored_push_is_found(store: Store, folder: Path) -> None:
    filled(store)
    file = folder / "inbox.db"
    whole = file.read_bytes()
    connection = apsw.Connection(str(file))
    stored = [row[0] for row in connection.execute("SELECT body FROM push")]
    digests = [row[0] for row in connection.execute("SELECT row_digest FROM push UNION ALL SELECT sha256 FROM push")]
    connection.close()
    chance = random.Random(4)

    missed = []
    for _ in range(60):
        part = chance.choice(stored + digests)
        at = whole.rfind(part) + chance.randrange(len(part))  # the last: page 7 holds remains of rows that moved
        flipped = bytearray(whole)
        flipped[at] ^= 1 << chance.randrange(8)
        file.write_bytes(flipped)
        if not findings(folder):
            missed.append(at)
    assert [] == missed


def test_random_damage_anywhere_never_makes_the_check_fail(store: Store, folder: Path) -> None:
    filled(store)
    chance = random.Random(5)
    wholes = {name: (folder / name).read_bytes() for name in ("inbox.db", "records.db", "registry.db")}

    for _ in range(40):
        name = chance.choice(sorted(wholes))
        damaged = bytearray(wholes[name])
        for _ in range(chance.choice((1, 50, 2000))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        (folder / name).write_bytes(damaged)
        list(check_folder(folder))
        (folder / name).write_bytes(wholes[name])
    assert [] == findings(folder)


def test_a_file_that_is_gone_or_no_database_is_a_finding(store: Store, folder: Path) -> None:
    filled(store)
    (folder / "records.db").unlink()
    (folder / "registry.db").write_bytes(b"nothing" * 1000)

    assert ["records.db", "registry.db"] == sorted({one.file for one in findings(folder)})
