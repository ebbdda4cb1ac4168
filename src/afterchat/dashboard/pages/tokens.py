"""API tokens: which there are, what each may and until when; making one, and revoking one.

    /people/tokens               the list, and the form that makes one
    /people/tokens/{id}          one of them, with the button that revokes it

Rules
- A token stands in the answer to the form that made it and nowhere else: in no address, no log, no later page.
- Who is bound to a tenant finds the tokens of that tenant alone; `access.tokens` holds to it, too.

What does not belong here: how a token is made and what the audit says of it (`access.tokens`).
"""

from __future__ import annotations

import re

from afterchat.access.errors import AccountError
from afterchat.access.roles import SCOPE_RIGHTS, Right
from afterchat.access.tokens import Tokens
from afterchat.dashboard.errors import MissingError
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
from afterchat.dashboard.pages.people_parts import Faults, tenant_name, with_fault
from afterchat.dashboard.pages.reach import known_tenants
from afterchat.dashboard.parts import Badge, Cell, Column, Empty, Fact, FormField, Option, Row, Table
from afterchat.dashboard.visit import Answer, Goto, Page, PageRoute, Visit
from afterchat.store.ports import Token

__all__ = ["ROUTES"]

DAYS_MAX = 3_650
"""Ten years; for longer there is no end."""
_DAYS_USUAL = "365"
_DAY_MS = 86_400_000
_DAYS = re.compile(r"[0-9]{1,4}", re.ASCII)
_DAYS_CHARACTERS_MAX = 4
_TOKENS = f"{PEOPLE}/tokens"
_TOKEN = _TOKENS + "/{id}"


async def _show_tokens(visit: Visit) -> Answer:
    return await _list_page(visit)


async def _add(visit: Visit) -> Answer:
    scope, tenant, typed = (visit.form.get(field, "") for field in ("scope", "tenant", "days"))
    days = typed.strip()
    if days and not (_DAYS.fullmatch(days) and 1 <= int(days) <= DAYS_MAX):
        return await _list_page(visit, {"days": visit.t("tokens.fault.days", days=visit.f.count(DAYS_MAX))})
    if tenant not in {option.value for option in tenant_options(visit, await known_tenants(visit))}:
        return await _list_page(visit, {"tenant": visit.t("people.fault.tenant")})
    lasts_ms = int(days) * _DAY_MS if days else None
    try:
        made = await _tokens(visit).add(None if tenant == ALL_TENANTS else tenant, scope, lasts_ms)
    except AccountError as error:
        field = "tenant" if scope in SCOPE_RIGHTS else "scope"
        return await _list_page(visit, {field: said_by(visit, error)})
    values = {
        "tabs": tabs_of(visit, "tokens"),
        "title": visit.t("people.secret.token"),
        "secret": made.text,
        "facts": _facts(visit, made.token),
        "back_to": _TOKENS,
    }
    return Page("people_secret.html", values)


async def _show_token(visit: Visit) -> Answer:
    read_pairs(visit)
    token = await _token(visit)
    values = {
        "tabs": tabs_of(visit, "tokens"),
        "id": token.id,
        "address": _address(token),
        "facts": _facts(visit, token),
        "rights": rights_in_words(visit.t, SCOPE_RIGHTS.get(token.scope, frozenset())),
    }
    return Page("tokens_token.html", values)


async def _revoke(visit: Visit) -> Answer:
    token = await _token(visit)
    await _tokens(visit).revoke(token.id)
    return Goto(_TOKENS, "token_revoked")


async def _token(visit: Visit) -> Token:
    """The token of the path; raises MissingError where the reader manages none by that id."""
    for token in await _tokens(visit).tokens():
        if token.id == visit.values["id"]:
            return token
    raise MissingError


def _tokens(visit: Visit) -> Tokens:
    sources = visit.sources
    return Tokens(sources.registry, sources.people, sources.reading.clock, visit.actor)


def _address(token: Token) -> str:
    return _TOKEN.format(id=token.id)


async def _list_page(visit: Visit, faults: Faults | None = None) -> Page:
    tokens = await _tokens(visit).tokens()
    leaf = leaf_of(visit, _TOKENS, [token.id for token in tokens])
    values = {
        "tabs": tabs_of(visit, "tokens"),
        "table": _table(visit, tokens[leaf.start : leaf.end]),
        "pager": leaf.pager,
        "fields": _fields(visit, tenant_options(visit, await known_tenants(visit)), faults or {}),
        "action": _TOKENS,
    }
    return Page("tokens.html", values, status=200 if faults is None else 400)


def _table(visit: Visit, tokens: tuple[Token, ...]) -> Table:
    heads = ("tokens.id", "tokens.scope", "people.tenant", "tokens.expires", "people.state")
    rows = tuple(
        Row(
            (
                Cell(token.id, _address(token), is_code=True),
                _scope_cell(visit, token.scope).text,
                tenant_name(visit, token.tenant),
                _end_cell(visit, token),
                Cell("", badges=(_state(visit, token),)),
            ),
            id=token.id,
        )
        for token in tokens
    )
    return Table(
        visit.t("tokens.title"),
        tuple(Column(visit.t(head), is_first=head == "tokens.id") for head in heads),
        rows,
        empty=Empty(
            visit.t("tokens.empty"),
            visit.t("tokens.empty.text"),
            code="afterchat tokens add --tenant NAME --scope read",
        ),
        is_walkable=True,
    )


def _fields(visit: Visit, tenants: tuple[Option, ...], faults: Faults) -> tuple[FormField, ...]:
    t, typed = visit.t, visit.form
    scopes = tuple(
        Option(one, f"{t(f'tokens.scope.{one}')} · {t(f'tokens.scope.about.{one}')}") for one in SCOPE_RIGHTS
    )
    days_hint = t("tokens.days.hint", days=visit.f.count(DAYS_MAX))
    fields = (
        FormField("scope", t("tokens.scope"), "select", typed.get("scope", ""), scopes),
        FormField(
            "tenant", t("people.tenant"), "select", typed.get("tenant", ""), tenants, hint=t("tokens.tenant.hint")
        ),
        FormField(
            "days",
            t("tokens.days"),
            value=typed.get("days", _DAYS_USUAL)[:_DAYS_CHARACTERS_MAX],
            hint=days_hint,
            autocomplete="off",
            characters_max=_DAYS_CHARACTERS_MAX,
        ),
    )
    return tuple(with_fault(field, faults) for field in fields)


def _facts(visit: Visit, token: Token) -> tuple[Fact, ...]:
    t = visit.t
    return (
        Fact(t("tokens.id"), Cell(token.id, is_code=True), hint=t("people.id.hint")),
        Fact(t("tokens.scope"), _scope_cell(visit, token.scope)),
        Fact(t("people.tenant"), tenant_name(visit, token.tenant)),
        Fact(t("tokens.expires"), _end_cell(visit, token)),
        Fact(t("people.state"), Cell("", badges=(_state(visit, token),))),
    )


def _scope_cell(visit: Visit, scope: str) -> Cell:
    if scope not in SCOPE_RIGHTS:
        return Cell(scope, is_code=True)
    return Cell(visit.t(f"tokens.scope.{scope}"), note=visit.t(f"tokens.scope.about.{scope}"))


def _end_cell(visit: Visit, token: Token) -> Cell:
    at = token.expires_at
    if at is None:
        return Cell(visit.t("tokens.no_end"))
    return Cell(visit.f.minute(at), moment=visit.f.machine(at))


def _state(visit: Visit, token: Token) -> Badge:
    is_over = token.expires_at is not None and token.expires_at <= visit.now_ms
    return Badge(visit.t(f"tokens.state.{'expired' if is_over else 'valid'}"), "warn" if is_over else "good")


ROUTES: tuple[PageRoute, ...] = (
    PageRoute("tokens", _TOKENS, Right.MANAGE, _show_tokens, "people"),
    PageRoute("tokens_add", _TOKENS, Right.MANAGE, _add, "people", "POST"),
    PageRoute("tokens_token", _TOKEN, Right.MANAGE, _show_token, "people"),
    PageRoute("tokens_revoke", f"{_TOKEN}/revoke", Right.MANAGE, _revoke, "people", "POST"),
)
