"""Which deliveries a page asks for: state, tenant, endpoint, session, held by its address; the form that changes them.

What does not belong here: how they are shown (`entry_parts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.dashboard.pages.endpoints import DELIVERIES
from afterchat.dashboard.pages.question import chosen_tenant, tenant_fields
from afterchat.dashboard.parts import Chip, FilterForm, FormField, Option
from afterchat.dashboard.visit import Visit
from afterchat.query.errors import BilingualFilterError
from afterchat.query.filters import unknown_name
from afterchat.query.outbox import OUTBOX
from afterchat.query.paging import read_row_cursor
from afterchat.store.sending import Endpoint, EntryQuery, EntryState

__all__ = ["EntryPageQuery", "endpoint_name", "read_entry_query"]

_LABELS = {
    "state": "deliveries.state",
    "tenant": "filter.tenant",
    "endpoint": "deliveries.to",
    "session": "deliveries.session",
}
"""Filter -> key of its name, in the order of the form."""
_DIGITS_MAX = 19


class EntryPageQuery(NamedTuple):
    """What the address says."""

    query: EntryQuery
    pairs: tuple[tuple[str, str], ...]
    """Filters in force, without the cursor."""

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter is in force."""
        return bool(self.pairs)

    def address(self, cursor: str = "", *, without: str = "") -> str:
        """The list with these filters, from that cursor on."""
        kept = [pair for pair in self.pairs if pair[0] != without] + ([("cursor", cursor)] if cursor else [])
        return f"{DELIVERIES}?{urlencode(kept)}" if kept else DELIVERIES

    def form(self, visit: Visit, endpoints: Sequence[Endpoint], tenants: tuple[str, ...]) -> FilterForm:
        """The form, with a chip for each filter in force; the endpoints to choose among are the chosen tenant's."""
        t, values = visit.t, dict(self.pairs)
        states = (
            Option("", t("deliveries.any_state")),
            *(Option(state.value, t(f"deliveries.state.{state.value}")) for state in EntryState),
        )
        known = [
            Option(str(one.id), endpoint_name(visit, one))
            for one in endpoints
            if self.query.tenant in {None, one.tenant} or self.query.endpoint_id == one.id
        ]
        if values.get("endpoint", "") not in {"", *(option.value for option in known)}:
            known.append(Option(values["endpoint"], f"#{values['endpoint']}"))  # gone, yet it left entries
        places = (Option("", t("deliveries.any_endpoint")), *known)
        said = {"state": dict(states), "endpoint": dict(places)}
        chips = tuple(
            Chip(t(_LABELS[name]), said.get(name, {}).get(value, value), self.address(without=name))
            for name, value in self.pairs
        )
        fields = (
            FormField("state", t(_LABELS["state"]), "select", values.get("state", ""), states),
            *tenant_fields(visit, tenants, values.get("tenant")),
            FormField(
                "endpoint", t(_LABELS["endpoint"]), "select", values.get("endpoint", ""), places, is_dependent=True
            ),
            FormField("session", t(_LABELS["session"]), "search", values.get("session", ""), is_search=True),
        )
        return FilterForm(DELIVERIES, fields, chips=chips, clear_href=DELIVERIES)


def read_entry_query(visit: Visit) -> EntryPageQuery:
    """What the address asks for, of the reader's tenant or the one they chose; an empty filter counts as none.

    Raises FilterError, and MissingError for a tenant that is not the reader's.
    """
    for name, _ in visit.pairs:
        if name not in (*_LABELS, "cursor"):
            raise unknown_name(name, (*_LABELS, "cursor"))
    chosen = chosen_tenant(visit)
    given = {name: text.strip() for name, text in visit.pairs if text.strip()}
    if chosen is not None:
        given["tenant"] = chosen
    endpoint, session = (_number(visit, name, given.get(name)) for name in ("endpoint", "session"))
    query = EntryQuery(
        chosen or visit.tenant,
        endpoint,
        session,
        _state(given.get("state")),
        read_row_cursor(OUTBOX, given.get("cursor")),
    )
    return EntryPageQuery(query, tuple((name, given[name]) for name in _LABELS if name in given))


def endpoint_name(visit: Visit, endpoint: Endpoint) -> str:
    """Its name; with its tenant for readers of all of them, because names are a tenant's own."""
    return endpoint.name if visit.tenant is not None else f"{endpoint.name} · {endpoint.tenant}"


def _number(visit: Visit, name: str, text: str | None) -> int | None:
    """A whole number of 64 bits, as ids are."""
    if text is None:
        return None
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS_MAX:
        number = int(text)
        if INTEGER_MIN <= number <= INTEGER_MAX:
            return number
    said = visit.t(_LABELS[name])
    raise BilingualFilterError(zh=f"{said}应为编号（整数）。", en=f"{said} must be an id, a whole number.")


def _state(text: str | None) -> EntryState | None:
    if text is None:
        return None
    known = {state.value: state for state in EntryState}
    if text in known:
        return known[text]
    raise BilingualFilterError(
        zh=f"state 应为 {'、'.join(known)} 之一。", en=f"`state` must be one of {', '.join(known)}."
    )
