"""Tables of figures are sorted by the heads of their columns: the order is that of the values, kept in the address."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.columns.snapshot import Selection
from afterchat.dashboard.pages.group_blocks import Listing, Ranking
from afterchat.dashboard.pages.heads import Sorting, arranged
from afterchat.dashboard.pages.insight import INSIGHTS
from afterchat.dashboard.pages.order import ColumnOrder, orders_text, read_orders
from afterchat.dashboard.parts import Column, Row, Table
from afterchat.figures.evaluation import FigureQuestion, compute_all
from afterchat.query.errors import BilingualFilterError
from dashboard_house import NOW, dashboard_house, ended_record

HOUR = 3_600_000
COLUMNS = {"staff": ("name", "ratings", "participation"), "c-wait": ("name", "wait_p90", "before")}
LINK = re.compile(
    r'<th scope="col"[^>]*?(?: aria-sort="(\w+)")?><span class="head"><a id="[^"]*" href="([^"]*)">([^<]*)'
)


def records(staff_count=30):
    """Sessions of many people, some of whom have nothing of this or that."""
    for number in range(1, 121):
        answered = number % 4 != 0
        yield ended_record(
            number,
            end_time=NOW - (number % 50) * HOUR - number * 1000,
            interaction=int(number % 9 == 0),
            staff_id=number % staff_count,
            staff_name=f"{'aBc'[number % 3]}{number % staff_count}" if number % staff_count else "",
            from_group_id=number % 5,
            from_group=f"group {number % 5}",
            category=f"c{number % 23}/{number % 2}",
            client_first_message_time=NOW - HOUR,
            staff_first_reply_time=NOW - HOUR + 5_000 if answered else 0,
            first_reply_cost=number * number % 7_001 if answered else 0,
            in_queue_time=number * 900 if number % 5 == 0 else 0,
            s_type="3" if number % 7 == 0 else "0",
            evaluation_type=5,
            evaluation=(0, 100, 25, 0)[number % 4] if number % 3 else 0,
            is_valid=number % 2,
            from_type=("WEB", "IOS", "wx")[number % 3],
            origin_platform=f"https://{number % 27}.example",
            land_page=f"https://shop.example/{number % 29}",
            search_key=f"word {number % 31}" if number % 2 else "",
        )


def table_of(page, name):
    """(heads, names of the rows but the others', text of the page behind the table) of one table."""
    begin = page.rindex("<table", 0, page.index(f'id="{name}.name"'))
    text = page[begin : page.index("</table>", begin)]
    body = text[text.index("<tbody>") : text.index("</tbody>")]
    names = [
        re.sub(r"<[^>]*>", "", unescape(cell)).strip()
        for cell in re.findall(r'<th scope="row">(.*?)</th>', body, re.DOTALL)
    ]
    note = re.match(r'</table>\s*</div>\s*<p class="muted small table-note">([^<]*)</p>', page[begin + len(text) :])
    heads = [(found[0], unescape(found[1]), unescape(found[2])) for found in LINK.findall(text)]
    return heads, [name for name in names if not name.endswith(" others")], unescape(note[1]) if note else ""


def wanted(rows, place, *, is_descending):
    """Names of groups in the order of one figure, or of the names where `place` is None; groups of nothing are none."""
    rows = sorted(rows, key=lambda row: (row.en in {"(none)", "(empty)"}, row.en.casefold()))
    if place is None:
        known = [row for row in rows if row.en not in {"(none)", "(empty)"}]
        return [row.en for row in (known[::-1] if is_descending else known) + rows[len(known) :]]
    known = [row for row in rows if row.values[place].value is not None]
    known.sort(key=lambda row: row.values[place].value, reverse=is_descending)
    return [row.en for row in [*known, *(row for row in rows if row.values[place].value is None)]]


@pytest.mark.parametrize("insight", INSIGHTS, ids=lambda insight: insight.id)
def test_every_head_of_every_list_sorts_it_before_it_is_cut_and_says_so(insight):
    async def differing():
        found = []
        async with dashboard_house() as house:
            await house.take(*records())
            await house.log_in("operator")
            for block in (one for one in insight.blocks if isinstance(one, Listing)):
                limit = block.limit
                (whole,) = compute_all(
                    house.table.snapshot(),
                    Selection("default"),
                    [FigureQuestion(block.figure_ids, block.by, 1000)],
                    zone=house.sources.zone,
                )
                rows = [row for row in whole.rows if row.values[0].value]
                for place, column in enumerate(("name", *block.figure_ids)):
                    for sign in ("", "-"):
                        order = f"{block.by}.{sign}{column}"
                        page = await house.get(f"/{insight.id}?span=all&order={order}")
                        expected = wanted(rows, place - 1 if place else None, is_descending=bool(sign))
                        heads, names, note = table_of(page.text, block.by)
                        sorts = [word for word, *_ in heads]
                        count = len(expected[:limit]) + max(0, len(whole.rows) - limit)
                        word = "descending" if sign else "ascending"
                        said = [f"The first {len(expected[:limit])} of {count} groups by", f"{word}."]
                        is_said = all(one in note for one in said) if len(whole.rows) > limit else not note
                        is_marked = [word] == [one for one in sorts if one] and word == sorts[place]
                        if (names, is_marked, is_said) != (expected[:limit], True, True):
                            found.append((order, expected[:limit], names, sorts, note))
        return found

    assert [] == asyncio.run(differing())


@given(
    st.lists(st.tuples(st.none() | st.integers(-3, 3), st.none() | st.floats(0, 1)), max_size=12),
    st.sampled_from(("name", "one", "two")),
    st.booleans(),
)
def test_the_data_of_a_chart_are_in_the_order_of_their_values_with_none_last_and_ties_in_time(values, column, is_down):
    table = Table("t", tuple(Column(name) for name in "nab"), tuple(Row((str(place),)) for place in range(len(values))))
    page = SimpleNamespace(orders={"c": ColumnOrder(column, is_down)}, path="/x", href=lambda *_, **__: "/x")
    sorting = Sorting("c", ("name", "one", "two"), ColumnOrder("name", is_descending=False))

    rows = arranged(page, sorting, table, tuple(zip(*values, strict=True)) or ((), ())).rows

    places = [int(row.cells[0]) for row in rows]
    shown = places if column == "name" else [values[place][("one", "two").index(column)] for place in places]
    known = [value for value in shown if value is not None]
    assert sorted(places) == list(range(len(values)))
    assert known == shown[: len(known)]
    assert known == sorted(known, reverse=is_down)
    assert [] == [
        (one, other)
        for one, other, value, after in zip(places, places[1:], shown, shown[1:], strict=False)
        if value == after and one > other
    ]


def test_charts_keep_the_order_of_time_and_only_their_data_are_sorted():
    async def pages():
        async with dashboard_house() as house:
            await house.take(*records())
            await house.log_in("viewer")
            orders = ("", "&order=c-load.-received_sessions~c-slow.first_reply_p90")
            return [(await house.get(f"/staff?span=all{order}")).text for order in orders]

    plain, asked = asyncio.run(pages())
    drawn = [
        re.search(r'id="c-load".*?<script type="application/json">(.*?)</script>', page, re.DOTALL)[1]
        for page in (plain, asked)
    ]
    (heads, hours, _), (turned, sorted_hours, _) = (table_of(page, "c-load") for page in (plain, asked))
    assert drawn[0] == drawn[1]
    assert hours == sorted(hours)
    assert hours != sorted_hours
    assert sorted(hours) == sorted(sorted_hours)
    assert (["ascending", ""], ["", "descending"]) == ([one[0] for one in heads], [one[0] for one in turned])
    opened = ['<details id="c-load-data" open>' in page for page in (plain, asked)]
    assert [False, True] == opened
    assert "with the most sessions" in table_of(plain, "c-slow")[2]
    assert re.search("The first 10 of [0-9]+ groups by .*, ascending", table_of(asked, "c-slow")[2])


def test_an_order_outlives_filters_spans_language_and_the_live_part_and_is_no_filter_of_the_list_behind():
    async def answers():
        async with dashboard_house() as house:
            await house.take(*records())
            await house.log_in("viewer")
            page = await house.get(
                "/staff?span=7d&category_contains=c&order=staff.first_reply_p90~group.-valid_sessions"
            )
            part = await house.get(unescape(re.search(r'data-live="([^"]*)"', page.text)[1]))
            return page.text, part

    page, part = asyncio.run(answers())
    value = "group.-valid_sessions~staff.first_reply_p90"
    addresses = [unescape(one) for one in re.findall(r'href="(/[^"]*)"', page)]
    spans = [one for one in addresses if one.startswith("/staff?span=") and "#" not in one]
    assert f'<input type="hidden" name="order" value="{value}">' in page
    assert 'name="back" value="/staff?' in page
    assert re.search(r'name="back" value="[^"]*order=[^"]*"', page)
    assert spans
    assert [] == [one for one in spans if f"order={value}" not in one]
    assert [] == [one for one in addresses if one.startswith("/sessions?") and "order=" in one]
    assert 200 == part.status
    assert [table_of(page, name)[:2] for name in ("staff", "group")] == [
        table_of(part.text, name)[:2] for name in ("staff", "group")
    ]


def test_a_head_turns_its_own_order_and_the_order_of_the_table_itself_is_not_spelled_out():
    async def heads(query):
        async with dashboard_house() as house:
            await house.take(*records())
            await house.log_in("viewer")
            return table_of((await house.get(f"/satisfaction?span=all{query}")).text, "staff")[0]

    plain, turned, named = (asyncio.run(heads(query)) for query in ("", "&order=staff.ratings", "&order=staff.-name"))
    own = "/satisfaction?span=all#staff.ratings"
    assert "descending" == plain[1][0]
    assert "/satisfaction?span=all&order=staff.name#staff.name" == plain[0][1]
    assert "/satisfaction?span=all&order=staff.ratings#staff.ratings" == plain[1][1]
    assert "/satisfaction?span=all&order=staff.-participation#staff.participation" == plain[2][1]
    assert ("ascending", own) == turned[1][:2]
    assert ("descending", "/satisfaction?span=all&order=staff.name#staff.name") == named[0][:2]
    assert own == named[1][1]


@given(
    st.dictionaries(
        st.sampled_from(sorted(COLUMNS)),
        st.booleans().flatmap(lambda down: st.builds(ColumnOrder, st.just("name"), st.just(down))),
    )
)
def test_orders_are_read_as_they_are_written(orders):
    text = orders_text(orders)

    assert orders == read_orders([("order", text)], COLUMNS)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "staff",
        "staff.",
        "staff.-",
        "staff.moon",
        "robot.name",
        "staff.--name",
        "staff.name~staff.ratings",
        "~",
        "staff.name~",
    ],
)
def test_an_order_that_is_none_is_refused_in_both_languages(text):
    with pytest.raises(BilingualFilterError) as raised:
        read_orders([("order", text)], COLUMNS)

    assert "staff.-participation" in raised.value.zh
    assert "staff.-participation" in raised.value.en


@pytest.mark.parametrize(
    "query", ["order=staff.-moon", "order=staff.name&order=staff.name", "order=nothing", "sort=staff"]
)
@pytest.mark.parametrize("path", ["/staff", "/staff/part"])
def test_an_order_that_is_none_is_the_pages_ordinary_notice(path, query):
    async def answer():
        async with dashboard_house() as house:
            await house.log_in("viewer")
            return await house.get(f"{path}?{query}")

    page = asyncio.run(answer())
    assert 400 == page.status
    assert "This address cannot be understood" in page.text


def test_tables_of_a_page_have_ids_of_their_own():
    for insight in INSIGHTS:
        names = [block.sortable.id for block in insight.blocks if block.sortable is not None]
        lists = [block for block in insight.blocks if isinstance(block, Listing | Ranking)]
        assert sorted(set(names)) == sorted(names)
        assert [] == [block for block in lists if block.sortable is None]
