"""What the pages of users are made of: the list, the facts of one of them, the fields of their forms. Pure.

What does not belong here: who may do what to whom (`people`, `access.accounts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from afterchat.access.passwords import PASSWORD_CHARACTERS_MIN
from afterchat.access.roles import ROLES
from afterchat.dashboard.pages.people_lists import PEOPLE
from afterchat.dashboard.parts import Badge, Cell, Column, Empty, Fact, FormField, Option, Row, Table
from afterchat.dashboard.visit import Visit
from afterchat.store.people import User

__all__ = [
    "NAME_CHARACTERS_MAX",
    "Faults",
    "add_fields",
    "role_cell",
    "role_field",
    "tenant_name",
    "user_address",
    "user_facts",
    "user_table",
    "with_fault",
]

NAME_CHARACTERS_MAX = 64
"""Of what somebody typed, as far as it is looked at."""

Faults = Mapping[str, str]
"""Field of a form -> why it is not taken."""


def user_address(user: User) -> str:
    """Their page; ids stand in addresses, names do not."""
    return f"{PEOPLE}/users/{user.id}"


def user_table(visit: Visit, users: tuple[User, ...]) -> Table:
    """Some users, by name."""
    t, f = visit.t, visit.f
    heads = ("name", "role", "tenant", "state", "password_set", "last_login")
    rows = tuple(
        Row(
            (
                Cell(user.name, user_address(user), badges=_you(visit, user)),
                role_cell(visit, user.role),
                tenant_name(visit, user.tenant),
                Cell("", badges=(_state(visit, user),)),
                Cell(f.minute(user.password_set_at), moment=f.machine(user.password_set_at)),
                _login_cell(visit, user),
            ),
            id=user.id,
        )
        for user in users
    )
    return Table(
        t("people.title"),
        tuple(Column(t(f"people.{head}"), is_first=head == "name") for head in heads),
        rows,
        empty=Empty(t("people.empty"), t("people.empty.text")),
        is_walkable=True,
    )


def add_fields(visit: Visit, tenants: tuple[Option, ...], faults: Faults) -> tuple[FormField, ...]:
    """The form that adds a user, with what was typed but the password."""
    t, typed = visit.t, visit.form
    hint = t("people.password.hint", characters=PASSWORD_CHARACTERS_MIN)
    fields = (
        FormField(
            "name",
            t("people.name"),
            value=typed.get("name", "")[:NAME_CHARACTERS_MAX],
            hint=t("people.name.hint"),
            autocomplete="off",
            is_required=True,
            characters_max=NAME_CHARACTERS_MAX,
        ),
        role_field(visit, typed.get("role", next(iter(ROLES)))),
        FormField(
            "tenant", t("people.tenant"), "select", typed.get("tenant", ""), tenants, hint=t("people.tenant.hint")
        ),
        FormField("password", t("people.password"), "password", hint=hint, autocomplete="new-password"),
    )
    return tuple(with_fault(field, faults) for field in fields)


def with_fault(field: FormField, faults: Faults) -> FormField:
    """The field, and what is wrong with it."""
    return replace(field, error=faults[field.name]) if field.name in faults else field


def role_field(visit: Visit, role: str, hint: str = "") -> FormField:
    """The choice of a role, each with what it may."""
    about = {name: role.zh_about if visit.is_chinese else role.en_about for name, role in ROLES.items()}
    options = tuple(Option(name, f"{_role_name(visit, name)} · {text}") for name, text in about.items())
    return FormField("role", visit.t("people.role"), "select", role, options, hint=hint)


def user_facts(visit: Visit, user: User) -> tuple[Fact, ...]:
    """What is known of one user."""
    t, f = visit.t, visit.f
    return (
        Fact(t("people.name"), Cell(user.name, badges=_you(visit, user))),
        Fact(t("people.role"), role_cell(visit, user.role)),
        Fact(t("people.tenant"), tenant_name(visit, user.tenant)),
        Fact(t("people.state"), Cell("", badges=(_state(visit, user),), note=_disabled_at(visit, user))),
        Fact(t("people.created"), Cell(f.moment(user.created_at), moment=f.machine(user.created_at))),
        Fact(t("people.password_set"), Cell(f.moment(user.password_set_at), moment=f.machine(user.password_set_at))),
        Fact(t("people.last_login"), _login_cell(visit, user)),
        Fact(t("people.id"), Cell(user.id, is_code=True), hint=t("people.id.hint")),
    )


def role_cell(visit: Visit, role: str) -> Cell:
    """The role in the reader's language, with what it may."""
    known = ROLES.get(role)
    about = "" if known is None else known.zh_about if visit.is_chinese else known.en_about
    return Cell(_role_name(visit, role), note=about)


def _state(visit: Visit, user: User) -> Badge:
    is_active = user.disabled_at is None
    return Badge(visit.t(f"people.state.{'active' if is_active else 'disabled'}"), "good" if is_active else "warn")


def _disabled_at(visit: Visit, user: User) -> str:
    at = user.disabled_at
    return "" if at is None else visit.t("people.disabled_at", at=visit.f.moment(at))


def _login_cell(visit: Visit, user: User) -> Cell:
    at = user.last_login_at
    if at is None:
        return Cell(visit.t("people.never"))
    return Cell(visit.f.minute(at), moment=visit.f.machine(at))


def _you(visit: Visit, user: User) -> tuple[Badge, ...]:
    return (Badge(visit.t("people.you"), "info"),) if user.id == visit.who.user_id else ()


def tenant_name(visit: Visit, tenant: str | None) -> str:
    """The tenant, or the word for all of them."""
    return visit.t("people.all_tenants") if tenant is None else tenant


def _role_name(visit: Visit, role: str) -> str:
    """The role in the reader's language."""
    known = ROLES.get(role)
    return role if known is None else known.zh if visit.is_chinese else known.en
