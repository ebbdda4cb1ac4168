"""The question of a page: which sessions, of which time, compared with which; read from its address, put into links.

    pairs of the address -> PageQuestion -> Asked (now and the period before), links, chips, the form of filters

Beside the names of the API (`query.question`) a form here may send
    since, until    moments as a browser writes them, in the reader's zone; they take the place of a named span
    tenant          one of those that the reader may see

Rules
- A page without any bounds of time shows the last seven days, and says so.
- What the reader's role may not ask is refused before anything is asked (`access.asking`).
- Links hold the canonical pairs; nothing is pasted.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from afterchat.access.asking import refuse_masked_question
from afterchat.access.roles import Right
from afterchat.columns.selection import Selection
from afterchat.contract.record import FIELDS
from afterchat.contract.vocabulary import CODED_SETS
from afterchat.dashboard.errors import MissingError
from afterchat.dashboard.pages.order import ORDER, Orders, orders_text
from afterchat.dashboard.parts import Chip, FilterForm, FormField, Option
from afterchat.dashboard.visit import Visit
from afterchat.figures.calendar import SPANS, Calendar, Span
from afterchat.figures.table import FIGURES
from afterchat.query.asking import Asked
from afterchat.query.errors import BilingualFilterError
from afterchat.query.filter_table import FILTER_TABLE
from afterchat.query.question import Question, question_pairs, read_question

__all__ = [
    "PageQuestion",
    "address",
    "choices_of",
    "chosen_tenant",
    "filter_form",
    "read_page_question",
    "span_links",
    "span_of",
    "tenant_fields",
]

SPAN_DEFAULT = "7d"
ALL_TIME = "all"
"""Beside the spans of the API: no bounds at all."""
_BOUNDS = ("end_time_from", "end_time_until")
_LOCAL = {"since": "end_time_from", "until": "end_time_until"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = ("staff_name_contains", "from_group_contains", "category_contains")
"""Filters that have a field of their own beside the search."""
_CODED = ("interaction", "close_reason", "s_type")
_CODED_FIELDS = {field.name: field for field in FIELDS if field.coded in CODED_SETS}

Pairs = tuple[tuple[str, str], ...]


class PageQuestion(NamedTuple):
    """What a page is asked, read."""

    path: str
    question: Question
    tenant: str | None
    """The tenant chosen, or the only one that the reader may see; None for all."""
    chosen_tenant: str | None
    asked: Asked
    span: Span | None
    """The bounds of time; None where there is none at one end."""
    before: Asked | None
    """The same of the period before."""
    orders: Orders = MappingProxyType({})
    """Of the page's tables; those that are not named stand in their own."""

    @property
    def pairs(self) -> Pairs:
        """The canonical pairs of the address, the span spelled out."""
        tenant = (("tenant", self.chosen_tenant),) if self.chosen_tenant is not None else ()
        has_time = self.question.span is not None or _has_bounds(self.question)
        time = () if has_time else (("span", ALL_TIME),)
        return (*tenant, *time, *question_pairs(self.question), *self.order_pairs)

    @property
    def order_pairs(self) -> Pairs:
        """The orders of the page's tables as a pair of the address; nothing while each stands in its own."""
        text = orders_text(self.orders)
        return ((ORDER, text),) if text else ()

    def href(self, path: str, changed: Pairs = (), *, without: tuple[str, ...] = ()) -> str:
        """An address that asks the same but for `changed`, whose names replace those that are there."""
        gone = {name for name, _ in changed} | set(without)
        if gone & set(_BOUNDS):
            gone |= {"span"}
        if "span" in gone:
            gone |= set(_BOUNDS)
        kept = tuple(pair for pair in self.pairs if pair[0] not in gone)
        return address(path, (*kept, *changed))

    def sessions(self, changed: Pairs = (), counted: str = "") -> str:
        """The list of the sessions behind a number."""
        extra = (("counted", counted),) if counted else ()
        return self.href("/sessions", (*changed, *extra), without=("sort", ORDER))


def address(path: str, pairs: Pairs) -> str:
    """A path with its query."""
    return f"{path}?{urlencode(pairs)}" if pairs else path


def read_page_question(visit: Visit, path: str) -> tuple[PageQuestion, Pairs]:
    """The question in the address of a visit, and the pairs that are the page's own (`cursor`).

    Raises FilterError, and MissingError for a tenant that is not the reader's.
    """
    zone = visit.view.zone
    own = tuple(pair for pair in visit.pairs if pair[0] == "cursor")
    chosen = chosen_tenant(visit)
    local = {_LOCAL[name]: _moment(text, zone) for name, text in visit.pairs if name in _LOCAL and text}
    kept = [
        pair
        for pair in visit.pairs
        if pair[0] not in {*_LOCAL, "cursor", "tenant"}
        and pair[1] != ""
        and pair != ("span", ALL_TIME)
        and not (local and pair[0] in {"span", *_BOUNDS})
    ]
    question = read_question([*kept, *local.items()])
    refuse_masked_question(question.conditions, question.search, visit.who.rights)
    if question.span is None and not _has_bounds(question) and ("span", ALL_TIME) not in visit.pairs:
        question = question._replace(span=SPAN_DEFAULT)
    tenant = chosen if chosen is not None else visit.tenant
    now = visit.now_ms
    asked = Asked.of(question, tenant, now, zone)
    span = span_of(asked.selection)
    return PageQuestion(path, question, tenant, chosen, asked, span, _before(asked, span, question, now)), own


def chosen_tenant(visit: Visit) -> str | None:
    """The tenant that the address names, or None.

    Raises FilterError for several, and MissingError for one that is not the reader's.
    """
    tenants = [text for name, text in visit.pairs if name == "tenant" and text]
    if len(tenants) > 1:
        raise BilingualFilterError(zh="tenant 只能给出一个。", en="`tenant` may stand once only.")
    chosen = tenants[0] if tenants else None
    if chosen is not None and visit.tenant not in {None, chosen}:
        raise MissingError
    return chosen


def _has_bounds(question: Question) -> bool:
    return any(column == "end_time" for column, *_ in question.conditions)


def _moment(text: str, zone: ZoneInfo) -> str:
    """A moment as `<input type="datetime-local">` sends it, as epoch ms."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BilingualFilterError(
            zh="时间应形如 2026-11-22T18:00。", en="a moment looks like 2026-11-22T18:00."
        ) from None
    return str((at.replace(tzinfo=at.tzinfo or zone) - _EPOCH) // timedelta(milliseconds=1))


def span_of(selection: Selection) -> Span | None:
    """The bounds of time of a selection that has both."""
    since = [value for column, sign, value in selection.conditions if (column, sign) == ("end_time", ">=")]
    until = [value for column, sign, value in selection.conditions if (column, sign) == ("end_time", "<")]
    return Span(max(since), min(until)) if since and until and max(since) < min(until) else None


def _before(asked: Asked, span: Span | None, question: Question, now: int) -> Asked | None:
    if span is None:
        return None
    earlier = Calendar(asked.zone).before(span, question.span or "", now)
    kept = tuple(one for one in asked.selection.conditions if one[0] != "end_time")
    bounds = (("end_time", ">=", earlier.from_ms), ("end_time", "<", earlier.until_ms))
    return asked._replace(selection=asked.selection._replace(conditions=(*kept, *bounds)))


def span_links(visit: Visit, page: PageQuestion) -> tuple[Option, ...]:
    """Named spans as links: `value` is the address, empty for the one that is shown."""
    t = visit.t
    shown = dict(page.pairs).get("span")
    return tuple(
        Option("" if shown == name else page.href(page.path, (("span", name),)), t(f"span.{name}"))
        for name in (*SPANS, ALL_TIME)
    )


def filter_form(visit: Visit, page: PageQuestion, tenants: tuple[str, ...]) -> FilterForm:
    """The form that narrows a page, with everything else that is asked kept in hidden fields."""
    t, question = visit.t, page.question
    values = dict(page.pairs)
    bounds = page.span if question.span is None else None
    fields = (
        [FormField("q", t("filter.q"), "search", question.search or "", is_search=True, placeholder=t("filter.q.hint"))]
        if visit.who.may(Right.SEE_UNMASKED)
        else []
    )
    fields += [
        FormField("since", t("filter.since"), "datetime-local", _local(bounds and bounds.from_ms, page.asked.zone)),
        FormField("until", t("filter.until"), "datetime-local", _local(bounds and bounds.until_ms, page.asked.zone)),
    ]
    more = [FormField(name, _name(visit, name), value=values.get(name, "")) for name in _FIELDS]
    more += [
        FormField(name, _name(visit, name), "select", values.get(name, ""), choices_of(visit, name)) for name in _CODED
    ]
    more += tenant_fields(visit, tenants, page.chosen_tenant)
    shown = {field.name for field in (*fields, *more)} | set(_BOUNDS)
    hidden = [FormField(name, name, "hidden", value) for name, value in page.pairs if name not in shown]
    return FilterForm(
        page.path,
        (*fields, *hidden),
        tuple(more),
        chips=_chips(visit, page),
        clear_href=address(page.path, (*((("span", question.span),) if question.span else ()), *page.order_pairs)),
        is_more_open=any(values.get(field.name) for field in more),
    )


def tenant_fields(visit: Visit, tenants: tuple[str, ...], chosen: str | None) -> tuple[FormField, ...]:
    """The choice of a tenant, for readers who have one."""
    if visit.tenant is not None or len(tenants) < 2:
        return ()
    options = (Option("", visit.t("filter.all_tenants")), *(Option(one, one) for one in tenants))
    return (FormField("tenant", visit.t("filter.tenant"), "select", chosen or "", options),)


def _chips(visit: Visit, page: PageQuestion) -> tuple[Chip, ...]:
    """Every condition in force but the span, and the address without it."""
    chips = []
    for name, value in page.pairs:
        if name in {"span", "sort", "zone", ORDER}:
            continue
        kept = tuple(pair for pair in page.pairs if pair != (name, value))
        chips.append(Chip(_name(visit, name), _said(visit, name, value), address(page.path, kept)))
    return tuple(chips)


def _name(visit: Visit, name: str) -> str:
    line = FILTER_TABLE.get(name)
    if line is None:
        return visit.t(f"filter.{name}")
    return line.zh.partition("（")[0] if visit.is_chinese else line.en


def _said(visit: Visit, name: str, value: str) -> str:
    """A value as a person reads it."""
    line = FILTER_TABLE.get(name)
    if name == "counted":
        figure = FIGURES[value]
        return figure.zh if visit.is_chinese else figure.en
    if line is not None and line.kind == "moment" and value.lstrip("-").isdigit():
        return visit.f.moment(int(value))
    return next((one.label for one in choices_of(visit, name) if one.value == value and value), value)


def choices_of(visit: Visit, name: str) -> tuple[Option, ...]:
    """The known codes of a field as choices, with a first one that leaves it open; empty for a field without codes."""
    field = _CODED_FIELDS.get(name)
    if field is None:
        return ()
    index = 0 if visit.is_chinese else 1
    labels = CODED_SETS[field.coded].labels.items()
    return (Option("", visit.t("filter.any")), *(Option(str(code), words[index]) for code, words in labels))


def _local(moment: int | None, zone: ZoneInfo) -> str:
    """A moment for `<input type="datetime-local">`."""
    if moment is None:
        return ""
    try:
        return (_EPOCH + timedelta(milliseconds=moment)).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
    except (OverflowError, ValueError):
        return ""
