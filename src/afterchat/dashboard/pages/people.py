"""Users: who may log in, in which role, over whose data; and everything an administrator does to one of them.

    /people                      the list, and the form that adds one
    /people/users/{id}           one of them, with what may be changed
    /people/users/{id}/{change}  the changes; a new password is shown on the answer, once

Rules
- Who is bound to a tenant finds the users of that tenant alone; `access.accounts` holds to it, too.
- A password that was made stands in the answer to the form and nowhere else: in no address, no log, no later page.
- Nobody changes the role of, disables, removes or gives a password to themselves here: a slip would lock them out.
- A form with a fault comes back with what was typed, but for the password.

What does not belong here: one's own account (`account`), tokens (`tokens`), what was done (`audit`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from afterchat.access.accounts import Accounts
from afterchat.access.errors import AccountError, PasswordsBusyError
from afterchat.access.names import is_user_name, login_name
from afterchat.access.passwords import password_fault, readable_password
from afterchat.access.roles import Right, rights_of
from afterchat.dashboard.errors import MissingError
from afterchat.dashboard.navigation import PAGES
from afterchat.dashboard.pages.people_lists import (
    ALL_TENANTS,
    PEOPLE,
    leaf_of,
    read_pairs,
    rights_in_words,
    said_by,
    tabs_of,
    tenant_options,
)
from afterchat.dashboard.pages.people_parts import (
    NAME_CHARACTERS_MAX,
    Faults,
    add_fields,
    role_field,
    user_address,
    user_facts,
    user_table,
)
from afterchat.dashboard.pages.reach import known_tenants
from afterchat.dashboard.visit import Answer, Goto, Page, PageRoute, Visit
from afterchat.errors import CallerError
from afterchat.store.people import USERS_MAX, User

__all__ = ["ROUTES"]

_USER = PEOPLE + "/users/{id}"


async def _show_people(visit: Visit) -> Answer:
    return await _list_page(visit)


async def _add(visit: Visit) -> Answer:
    name, role, tenant, typed = (visit.form.get(field, "") for field in ("name", "role", "tenant", "password"))
    name = login_name(name) or name[:NAME_CHARACTERS_MAX]
    password = typed or readable_password()
    if tenant not in {option.value for option in tenant_options(visit, await known_tenants(visit))}:
        return await _list_page(visit, {"tenant": visit.t("people.fault.tenant")})
    try:
        await _accounts(visit).add(name, role, None if tenant == ALL_TENANTS else tenant, password)
    except AccountError as error:
        field = "name" if not is_user_name(name) else "password" if password_fault(password, name) else "role"
        return await _list_page(visit, {field: said_by(visit, error)})
    except PasswordsBusyError:
        return await _list_page(visit, {"password": visit.t("people.fault.busy")}, 503)
    except CallerError:
        is_used = await visit.sources.people.user_named(name) is not None
        full = visit.t("people.fault.full", count=visit.f.count(USERS_MAX))
        return await _list_page(visit, {"name": visit.t("people.fault.name_used") if is_used else full})
    return Goto(PEOPLE, "user_added") if typed else _secret_page(visit, name, password, PEOPLE)


async def _show_user(visit: Visit) -> Answer:
    read_pairs(visit)
    return _user_page(visit, await _user(visit))


async def _change_role(visit: Visit) -> Answer:
    role = visit.form.get("role", "")
    return await _changed(visit, lambda user: _accounts(visit).set_role(user.name, role), "user_role")


async def _disable(visit: Visit) -> Answer:
    return await _changed(visit, lambda user: _accounts(visit).disable(user.name), "user_disabled")


async def _enable(visit: Visit) -> Answer:
    return await _changed(visit, lambda user: _accounts(visit).enable(user.name), "user_enabled")


async def _remove(visit: Visit) -> Answer:
    answer = await _changed(visit, lambda user: _accounts(visit).remove(user.name), "user_removed")
    return Goto(PEOPLE, answer.done) if isinstance(answer, Goto) else answer


async def _new_password(visit: Visit) -> Answer:
    password = readable_password()
    answer = await _changed(visit, lambda user: _accounts(visit).set_password(user.name, password), "")
    if not isinstance(answer, Goto):
        return answer
    return _secret_page(visit, (await _user(visit)).name, password, answer.path)


async def _changed(visit: Visit, change: Callable[[User], Awaitable[None]], done: str) -> Answer:
    """The user's page after the change, or with the reason why there was none."""
    user = await _user(visit)
    if user.id == visit.who.user_id:
        return _user_page(visit, user, visit.t("people.self.refused"), 400)
    try:
        await change(user)
    except AccountError as error:
        return _user_page(visit, user, said_by(visit, error), 400)
    except PasswordsBusyError:
        return _user_page(visit, user, visit.t("people.fault.busy"), 503)
    return Goto(user_address(user), done)


async def _user(visit: Visit) -> User:
    """The user of the path; raises MissingError where the reader manages none by that id."""
    for user in await _accounts(visit).users():
        if user.id == visit.values["id"]:
            return user
    raise MissingError


def _accounts(visit: Visit) -> Accounts:
    sources = visit.sources
    return Accounts(sources.people, sources.reading.clock, sources.passwords, visit.actor)


async def _list_page(visit: Visit, faults: Faults | None = None, status: int = 400) -> Page:
    users = await _accounts(visit).users()
    leaf = leaf_of(visit, PEOPLE, [user.name for user in users])
    values = {
        "tabs": tabs_of(visit, "people"),
        "table": user_table(visit, users[leaf.start : leaf.end]),
        "pager": leaf.pager,
        "fields": add_fields(visit, tenant_options(visit, await known_tenants(visit)), faults or {}),
        "action": PEOPLE,
    }
    return Page("people.html", values, status=200 if faults is None else status)


def _user_page(visit: Visit, user: User, trouble: str = "", status: int = 200) -> Page:
    values = {
        "tabs": tabs_of(visit, "people"),
        "name": user.name,
        "address": user_address(user),
        "facts": user_facts(visit, user),
        "rights": rights_in_words(visit.t, rights_of(user.role)),
        "role_field": role_field(visit, visit.form.get("role", user.role), visit.t("people.change_role.hint")),
        "account": PAGES["account"].path,
        "is_self": user.id == visit.who.user_id,
        "is_disabled": user.disabled_at is not None,
        "trouble": trouble,
    }
    return Page("people_user.html", values, status=status)


def _secret_page(visit: Visit, name: str, password: str, back: str) -> Page:
    values = {
        "tabs": tabs_of(visit, "people"),
        "title": visit.t("people.secret.password", name=name),
        "secret": password,
        "facts": (),
        "back_to": back,
    }
    return Page("people_secret.html", values)


ROUTES: tuple[PageRoute, ...] = (
    PageRoute("people", PEOPLE, Right.MANAGE, _show_people, "people"),
    PageRoute("people_add", PEOPLE, Right.MANAGE, _add, "people", "POST"),
    PageRoute("people_user", _USER, Right.MANAGE, _show_user, "people"),
    PageRoute("people_role", f"{_USER}/role", Right.MANAGE, _change_role, "people", "POST"),
    PageRoute("people_password", f"{_USER}/password", Right.MANAGE, _new_password, "people", "POST"),
    PageRoute("people_disable", f"{_USER}/disable", Right.MANAGE, _disable, "people", "POST"),
    PageRoute("people_enable", f"{_USER}/enable", Right.MANAGE, _enable, "people", "POST"),
    PageRoute("people_remove", f"{_USER}/remove", Right.MANAGE, _remove, "people", "POST"),
)
