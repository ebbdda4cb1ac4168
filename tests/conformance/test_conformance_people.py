"""What every store of people promises."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from afterchat.errors import CallerError, NotFoundError
from afterchat.store.open import Store
from afterchat.store.people import AUDIT_MS, AuditNote, LoginSession, SessionBounds, User

NOW = 1_800_000_000_000
BOUNDS = SessionBounds(idle_ms=1_000, absolute_ms=10_000, count_max=3)
ANNA = User("usr_1", "anna", "admin", None, "hash of anna", NOW, NOW)
BERT = User("usr_2", "bert", "viewer", "acme", "hash of bert", NOW, NOW)


def note(what: str = "user.add", at: int = NOW, tenant: str | None = None, **detail: str) -> AuditNote:
    return AuditNote(at, "cli", tenant, what, "usr_1", detail)


def with_people(store: Store) -> None:
    for user in (BERT, ANNA):
        asyncio.run(store.people.add_user(user, note(tenant=user.tenant)))


def begun(store: Store, number: int, at: int = NOW, user: User = ANNA, bounds: SessionBounds = BOUNDS) -> bool:
    session = LoginSession(bytes([number]) * 32, user.id, b"k" * 32, at, at)
    return asyncio.run(store.people.begin_session(session, user.password_hash, bounds, note("login", at)))


def alive(store: Store, *numbers: int) -> list[int]:
    return [number for number in numbers if asyncio.run(store.people.session(bytes([number]) * 32)) is not None]


def test_users_come_by_name_and_by_tenant(store: Store) -> None:
    with_people(store)

    assert (ANNA, BERT) == asyncio.run(store.people.users(None))
    assert (BERT,) == asyncio.run(store.people.users("acme"))
    assert BERT == asyncio.run(store.people.user_named("bert"))
    assert asyncio.run(store.people.user_named("Bert")) is None


def test_a_user_never_takes_the_place_of_another(store: Store) -> None:
    with_people(store)

    with pytest.raises(CallerError, match="anna"):
        asyncio.run(store.people.add_user(replace(BERT, id="usr_3", name="anna"), note()))
    assert [ANNA.name, BERT.name] == [user.name for user in asyncio.run(store.people.users(None))]
    assert 2 == len(asyncio.run(store.people.notes(None, None, 9)))


def test_only_what_is_named_changes_and_the_change_is_noted(store: Store) -> None:
    with_people(store)
    asyncio.run(store.people.change_user(BERT.id, {"role": "analyst"}, note("user.role", role="analyst")))

    assert replace(BERT, role="analyst") == asyncio.run(store.people.user_named("bert"))
    assert note("user.role", role="analyst") == asyncio.run(store.people.notes(None, None, 1))[0].note
    with pytest.raises(NotFoundError, match="nobody"):
        asyncio.run(store.people.change_user("nobody", {"role": "viewer"}, note()))
    with pytest.raises(KeyError, match="name"):
        asyncio.run(store.people.change_user(BERT.id, {"name": "anna"}, note()))
    assert 3 == len(asyncio.run(store.people.notes(None, None, 9)))


def test_a_session_is_found_with_its_user_as_they_are_now(store: Store) -> None:
    with_people(store)
    assert begun(store, 1)
    asyncio.run(store.people.change_user(ANNA.id, {"role": "viewer"}, note()))

    found = asyncio.run(store.people.session(b"\1" * 32))
    assert found is not None
    assert LoginSession(b"\1" * 32, ANNA.id, b"k" * 32, NOW, NOW) == found[0]
    assert replace(ANNA, role="viewer", last_login_at=NOW) == found[1]


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ({"role": "viewer"}, [1, 2]),
        ({"disabled_at": None}, [1, 2]),
        ({"password_hash": "another", "password_set_at": NOW}, [2]),
        ({"disabled_at": NOW}, [2]),
    ],
)
def test_a_new_password_and_a_disabling_end_the_sessions_of_that_user(store: Store, values, left) -> None:
    with_people(store)
    assert begun(store, 1)
    assert begun(store, 2, user=BERT)
    asyncio.run(store.people.change_user(ANNA.id, values, note()))

    assert left == alive(store, 1, 2)


def test_a_hash_is_replaced_only_where_it_still_stands(store: Store) -> None:
    with_people(store)
    assert begun(store, 1)
    asyncio.run(store.people.replace_hash(ANNA.id, "hash of anna", "better"))
    asyncio.run(store.people.replace_hash(ANNA.id, "hash of anna", "worse"))

    user = asyncio.run(store.people.user_named("anna"))
    assert user is not None
    assert ("better", [1]) == (user.password_hash, alive(store, 1))


@pytest.mark.parametrize("values", [{"password_hash": "another"}, {"disabled_at": NOW}])
def test_no_session_begins_for_somebody_who_was_changed_meanwhile(store: Store, values) -> None:
    with_people(store)
    asyncio.run(store.people.change_user(ANNA.id, values, note()))

    assert not begun(store, 1)
    assert not begun(store, 2, user=replace(ANNA, id="gone"))
    assert [] == alive(store, 1, 2)


def test_the_oldest_sessions_of_a_user_leave_beyond_the_bound(store: Store) -> None:
    with_people(store)
    for number, at in ((1, NOW + 1), (2, NOW), (3, NOW + 2), (4, NOW + 2)):
        assert begun(store, number, at)
    assert begun(store, 5, NOW, BERT)

    assert [1, 3, 4, 5] == alive(store, 1, 2, 3, 4, 5)
    assert begun(store, 6, NOW)  # the clock was set back: the one that begins now stays all the same
    assert [3, 4, 5, 6] == alive(store, 1, 3, 4, 5, 6)


def test_sessions_that_are_over_leave_when_another_begins(store: Store) -> None:
    with_people(store)
    for number in (1, 2):
        assert begun(store, number)
    asyncio.run(store.people.touch_session(b"\2" * 32, NOW + 500))
    assert begun(store, 3, NOW + 1_000, BERT)
    assert [2, 3] == alive(store, 1, 2, 3)

    asyncio.run(store.people.touch_session(b"\2" * 32, NOW + 9_999))
    assert begun(store, 4, NOW + 10_000, BERT)
    assert [4] == alive(store, 2, 3, 4)


def test_a_session_is_over_by_both_bounds_to_the_millisecond() -> None:
    session = LoginSession(b"", "", b"", 0, 9_500)

    assert [False, True] == [BOUNDS.is_over(session, now) for now in (9_999, 10_000)]
    assert [False, True] == [BOUNDS.is_over(replace(session, last_used_at=5), now) for now in (1_004, 1_005)]


def test_last_used_never_goes_back(store: Store) -> None:
    with_people(store)
    assert begun(store, 1)
    for at in (NOW + 7, NOW + 3):
        asyncio.run(store.people.touch_session(b"\1" * 32, at))

    found = asyncio.run(store.people.session(b"\1" * 32))
    assert found is not None
    assert NOW + 7 == found[0].last_used_at


def test_sessions_are_revoked_one_by_one_and_all_of_a_user(store: Store) -> None:
    with_people(store)
    for number, user in ((1, ANNA), (2, ANNA), (3, BERT)):
        assert begun(store, number, user=user)
    asyncio.run(store.people.end_session(b"\1" * 32))
    assert [2, 3] == alive(store, 1, 2, 3)
    asyncio.run(store.people.end_sessions(ANNA.id))
    assert [3] == alive(store, 2, 3)


def test_a_user_who_is_removed_is_gone_with_their_sessions_and_the_audit_stays(store: Store) -> None:
    with_people(store)
    assert begun(store, 1)
    asyncio.run(store.people.remove_user(ANNA.id, note("user.remove")))

    assert (BERT,) == asyncio.run(store.people.users(None))
    assert [] == alive(store, 1)
    told = [row.note.what for row in asyncio.run(store.people.notes(None, None, 9))]
    assert ["user.remove", "login", "user.add", "user.add"] == told
    with pytest.raises(NotFoundError, match="usr_1"):
        asyncio.run(store.people.remove_user(ANNA.id, note()))


def test_the_audit_is_listed_newest_first_page_by_page_and_by_tenant(store: Store) -> None:
    written = [note(at=NOW + n, tenant=("acme", None)[n % 2], n=str(n), text="中文 '\"") for n in range(7)]
    for one in written:
        asyncio.run(store.people.write_note(one))
    seen, before = [], None
    while page := asyncio.run(store.people.notes(None, before, 3)):
        seen += page
        before = page[-1].id

    assert list(reversed(written)) == [row.note for row in seen]
    acme = asyncio.run(store.people.notes("acme", seen[1].id, 2))
    assert [written[4], written[2]] == [row.note for row in acme]


def test_lines_of_the_audit_leave_after_their_time(store: Store) -> None:
    asyncio.run(store.people.write_note(note("login", NOW)))
    asyncio.run(store.people.write_note(note("user.add", NOW + AUDIT_MS)))
    assert 2 == len(asyncio.run(store.people.notes(None, None, 9)))
    asyncio.run(store.people.write_note(note("user.role", NOW + AUDIT_MS + 1)))

    assert ["user.role", "user.add"] == [row.note.what for row in asyncio.run(store.people.notes(None, None, 9))]


def test_nothing_of_people_raises_the_version_of_the_registry(store: Store) -> None:
    before = asyncio.run(store.registry.version())
    with_people(store)
    assert begun(store, 1)

    assert before == asyncio.run(store.registry.version())
