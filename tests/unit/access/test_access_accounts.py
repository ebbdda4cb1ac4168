"""Managing users: by whom, over whom, with which line in the audit; and the first login of a new install."""

from __future__ import annotations

import pytest

from access_house import PASSWORD
from afterchat.access.accounts import Accounts, first_admin
from afterchat.access.audit import ACTIONS, Actor, filter_names, noted
from afterchat.access.errors import AccountError
from afterchat.access.identity import LoggedIn, Refused
from afterchat.access.names import login_name
from afterchat.errors import CallerError, NotFoundError


@pytest.fixture
def of_acme(house):
    """What an administrator of one tenant may do."""
    return Accounts(house.store.people, house.clock, house.passwords, Actor("usr_acme", "acme"))


def notes(house):
    return [row.note for row in house.call(house.store.people.notes(None, None, 99))]


def test_every_change_leaves_a_line_that_names_who_what_and_whom_by_id(house):
    house.user("keeper")
    user = house.user("bert", "viewer", "acme")
    for change in (
        house.accounts.set_role("bert", "analyst"),
        house.accounts.set_password("bert", "another horse battery"),
        house.accounts.disable("bert"),
        house.accounts.enable("bert"),
        house.accounts.remove("bert"),
    ):
        house.call(change)

    told = [note for note in reversed(notes(house)) if note.object == user.id]
    whats = ["user.add", "user.role", "user.password", "user.disable", "user.enable", "user.remove"]
    assert whats == [note.what for note in told]
    assert {("cli", "acme")} == {(note.who, note.tenant) for note in told}
    assert [{"role": "viewer"}, {"role": "analyst"}, {}, {}, {}, {}] == [note.detail for note in told]
    assert "bert" not in repr(told)


def test_who_is_disabled_is_let_in_again_only_when_enabled(house):
    house.user("keeper")
    house.user()
    house.call(house.accounts.disable("anna"))
    assert Refused() == house.login()
    house.call(house.accounts.enable("anna"))
    assert isinstance(house.login(), LoggedIn)


def test_the_last_administrator_of_all_tenants_stays(house):
    house.user()
    house.user("bert", "admin", "acme")
    house.user("carl", "operator")
    for change in (
        house.accounts.remove("anna"),
        house.accounts.disable("anna"),
        house.accounts.set_role("anna", "operator"),
    ):
        with pytest.raises(AccountError, match="last administrator"):
            house.call(change)
    house.call(house.accounts.set_role("anna", "admin"))
    house.call(house.accounts.set_role("carl", "admin"))
    house.call(house.accounts.remove("anna"))

    assert ["bert", "carl"] == [user.name for user in house.call(house.accounts.users())]


def test_to_an_administrator_of_a_tenant_nobody_else_is_there(house, of_acme):
    house.user()
    house.user("bert", "viewer", "acme")
    missing = []
    for name in ("anna", "nobody"):
        for change in (
            of_acme.set_role(name, "viewer"),
            of_acme.set_password(name, PASSWORD),
            of_acme.disable(name),
            of_acme.enable(name),
            of_acme.remove(name),
        ):
            with pytest.raises(NotFoundError) as raised:
                house.call(change)
            missing.append(str(raised.value).replace(name, "NAME"))

    assert 1 == len(set(missing))
    assert ["bert"] == [user.name for user in house.call(of_acme.users())]
    for tenant in (None, "other"):
        with pytest.raises(AccountError, match="own tenant"):
            house.call(of_acme.add("eve", "viewer", tenant, PASSWORD))
    assert "acme" == house.call(of_acme.add("eve", "admin", "acme", PASSWORD)).tenant


@pytest.mark.parametrize("name", ["", "A", "-a", "a b", "a" * 65, "аdmin", "a\n", "a/b", "中"])
def test_a_name_that_could_be_mistaken_is_refused(house, name):
    with pytest.raises(AccountError):
        house.user(name)


@pytest.mark.parametrize(
    ("typed", "meant"), [(" Anna ", "anna"), ("a.b+c@d-e_f", "a.b+c@d-e_f"), ("a b", ""), ("", ""), ("\u212aate", "")]
)
def test_who_types_a_name_means_it_in_small_letters(typed, meant):
    assert meant == login_name(typed)


def test_what_cannot_be_leaves_no_user(house):
    house.user()
    for name, role, password in (
        ("bert", "oracle", PASSWORD),
        ("bert", "viewer", "short"),
        ("bert", "viewer", "x" * 2000),
        ("anna", "viewer", PASSWORD),
    ):
        with pytest.raises(CallerError):
            house.call(house.accounts.add(name, role, None, password))
    with pytest.raises(AccountError, match="no such role"):
        house.call(house.accounts.set_role("anna", "oracle"))

    assert [("anna", "admin")] == [(user.name, user.role) for user in house.call(house.accounts.users())]


def test_a_new_install_gets_one_administrator_whose_password_is_told_once(house):
    name, password = house.call(first_admin(house.store.people, house.clock, house.passwords))
    (user,) = house.call(house.accounts.users())

    assert ("admin", "admin", None) == (user.name, user.role, user.tenant)
    assert isinstance(house.login(name, password), LoggedIn)
    assert house.call(first_admin(house.store.people, house.clock, house.passwords)) is None
    house.user("bert", "admin")
    house.call(house.accounts.remove("admin"))
    assert house.call(first_admin(house.store.people, house.clock, house.passwords)) is None


def test_of_two_that_start_at_once_one_makes_the_administrator(house, monkeypatch):
    house.user("admin")

    async def nobody(_tenant):
        return ()

    monkeypatch.setattr(house.store.people, "users", nobody)
    assert house.call(first_admin(house.store.people, house.clock, house.passwords)) is None


def test_a_note_says_only_what_the_table_has_and_little_of_it():
    note = noted(Actor("tok_1", "acme"), 7, "export.unmasked", "", "acme", rows=5, filters="x" * 999)

    assert (7, "tok_1", "acme", "export.unmasked") == (note.at, note.who, note.tenant, note.what)
    assert {"rows": 5, "filters": "x" * 200} == note.detail
    with pytest.raises(ValueError, match="looked"):
        noted(Actor("cli", None), 7, "looked", "", None)
    with pytest.raises(ValueError, match="21 details"):
        noted(Actor("cli", None), 7, "login", "", None, **{f"d{n}": n for n in range(21)})
    assert all(line.zh and line.en for line in ACTIONS.values())


def test_filters_are_noted_by_name_without_their_values():
    conditions = (("foreign_id", "=", "13800138000"), ("end_time", ">=", 5), ("foreign_id", "=", "x"))

    assert "end_time>= foreign_id=" == filter_names(conditions)
