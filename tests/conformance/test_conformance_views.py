"""What every store of saved views promises."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from afterchat.errors import NotFoundError
from afterchat.store.open import Store
from afterchat.store.people import AuditNote, User
from afterchat.store.views import VIEWS_MAX, SavedView, ViewDraft

NOW = 1_800_000_000_000
NOTE = AuditNote(NOW, "usr_1", None, "view.save", "", {"page": "sessions"})
PEOPLE = {"anna": None, "bert": "acme", "cleo": "acme", "dora": "beta"}
"""Name -> tenant."""


def with_people(store: Store) -> None:
    for name, tenant in PEOPLE.items():
        user = User(f"usr_{name}", name, "viewer", tenant, "hash", NOW, NOW)
        asyncio.run(store.people.add_user(user, replace(NOTE, what="user.add")))


def saved(store: Store, owner: str, name: str, query: str = "span=7d", *, is_shared: bool = False) -> bool:
    draft = ViewDraft(f"usr_{owner}", name, "/sessions", query, is_shared, NOW)
    return asyncio.run(store.views.save_view(draft, NOTE))


def seen(store: Store, reader: str, shared_count_max: int = 9) -> tuple[SavedView, ...]:
    return asyncio.run(store.views.views(f"usr_{reader}", PEOPLE[reader], shared_count_max))


def names(store: Store, reader: str, shared_count_max: int = 9) -> list[tuple[str, str]]:
    return [(view.owner_name, view.name) for view in seen(store, reader, shared_count_max)]


def audited(store: Store) -> list[AuditNote]:
    return [row.note for row in asyncio.run(store.people.notes(None, None, 99)) if row.note.what != "user.add"]


def test_a_view_comes_back_as_it_was_saved_with_its_owner(store: Store) -> None:
    with_people(store)
    assert saved(store, "bert", "晚间 '\"", "span=yesterday&q=%E9%80%80", is_shared=True)

    (view,) = seen(store, "bert")
    expected = SavedView(
        view.id, "usr_bert", "bert", "acme", "晚间 '\"", "/sessions", "span=yesterday&q=%E9%80%80", True, NOW
    )
    assert expected == view == asyncio.run(store.views.view(view.id))
    assert asyncio.run(store.views.view(view.id + 1)) is None


def test_saving_under_a_name_that_one_has_replaces_and_keeps_the_id(store: Store) -> None:
    with_people(store)
    assert saved(store, "bert", "late", is_shared=True)
    (before,) = seen(store, "bert")
    assert saved(store, "cleo", "late")
    assert saved(store, "bert", "late", "span=90d")

    after = seen(store, "bert")
    assert (before._replace(query="span=90d", is_shared=False),) == after
    assert [("cleo", "late")] == names(store, "cleo")


def test_shared_views_are_seen_by_the_tenant_and_those_of_all_tenants_by_everybody(store: Store) -> None:
    with_people(store)
    for owner in PEOPLE:
        assert saved(store, owner, f"{owner}'s", is_shared=True)
        assert saved(store, owner, "secret")

    assert [("bert", "bert's"), ("bert", "secret"), ("anna", "anna's"), ("cleo", "cleo's")] == names(store, "bert")
    assert [("dora", "dora's"), ("dora", "secret"), ("anna", "anna's")] == names(store, "dora")
    own = [("anna", "anna's"), ("anna", "secret")]
    assert [*own, ("bert", "bert's"), ("cleo", "cleo's"), ("dora", "dora's")] == names(store, "anna")
    assert [*own, ("bert", "bert's"), ("cleo", "cleo's")] == names(store, "anna", 2)


def test_nobody_has_more_than_so_many_and_a_full_list_can_still_be_changed(store: Store) -> None:
    with_people(store)
    assert all(saved(store, "bert", f"{number}") for number in range(VIEWS_MAX))
    assert not saved(store, "bert", "one more")
    assert saved(store, "bert", "7", "span=90d")
    assert saved(store, "cleo", "one more")

    kept = {view.name: view.query for view in seen(store, "bert")}
    assert {**{f"{number}": "span=7d" for number in range(VIEWS_MAX)}, "7": "span=90d"} == kept
    assert VIEWS_MAX + 2 == len(audited(store))


def test_a_view_that_is_removed_is_gone_and_its_id_is_never_used_again(store: Store) -> None:
    with_people(store)
    assert saved(store, "bert", "late")
    (gone,) = seen(store, "bert")
    removed = AuditNote(NOW, "usr_bert", "acme", "view.remove", str(gone.id), {})
    asyncio.run(store.views.remove_view(gone.id, removed))
    assert saved(store, "bert", "late")

    (again,) = seen(store, "bert")
    assert again.id > gone.id
    assert ["view.save", "view.remove", "view.save"] == [note.what for note in audited(store)]
    assert [str(again.id), str(gone.id), str(gone.id)] == [note.object for note in audited(store)]
    with pytest.raises(NotFoundError, match=str(gone.id)):
        asyncio.run(store.views.remove_view(gone.id, removed))
    assert 3 == len(audited(store))


def test_people_who_are_removed_take_their_views_with_them(store: Store) -> None:
    with_people(store)
    for owner in ("bert", "cleo"):
        assert saved(store, owner, "late", is_shared=True)
    (kept,) = asyncio.run(store.views.views("usr_cleo", "beta", 9))
    asyncio.run(store.people.remove_user("usr_bert", NOTE))

    assert (kept,) == seen(store, "cleo")
    assert [("cleo", "late")] == names(store, "anna")
    with pytest.raises(NotFoundError, match="usr_bert"):
        saved(store, "bert", "late")
    assert [("cleo", "late")] == names(store, "anna")


def test_a_view_raises_no_version_of_the_registry(store: Store) -> None:
    with_people(store)
    before = asyncio.run(store.registry.version())
    assert saved(store, "bert", "late", is_shared=True)

    assert before == asyncio.run(store.registry.version())
