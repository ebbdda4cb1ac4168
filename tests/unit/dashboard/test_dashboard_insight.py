"""Pages of figures: what they say is what the list behind it holds, for every number and every reader."""

from __future__ import annotations

import asyncio
import re
from html import unescape

import pytest

from afterchat.contract.record import CustomField
from afterchat.dashboard.pages.insight import INSIGHTS
from dashboard_house import NOW, dashboard_house, ended_record

HOUR = 3_600_000
CARD = re.compile(
    r'<div class="card-name"><span>(?P<name>[^<]*)</span>.*?<div class="card-value">'
    r'(?:<a href="(?P<href>[^"]*)"[^>]*>)?(?P<text>[^<]*)<',
    re.DOTALL,
)
CELL = re.compile(
    r'<td class="number">(?:<svg.*?</svg>)?<a href="(?P<href>/sessions[^"]*)"[^>]*>(?P<text>[0-9,]+)</a>', re.DOTALL
)
COUNT = re.compile(r'<span class="muted">([0-9,]+) sessions</span>')


def records():
    """Sessions of today and yesterday, of every kind that the pages tell apart."""
    for number in range(1, 41):
        answered = number % 4 != 0
        yield ended_record(
            number,
            end_time=NOW - (number % 30) * HOUR - number * 1000,
            start_time=NOW - (number % 30) * HOUR - 600_000,
            interaction=int(number % 3 == 0),
            staff_id=number % 3 or 0,
            staff_name=f"staff {number % 3}",
            category=f"a/{number % 2}",
            close_reason=(0, 1, 7, 12)[number % 4],
            s_type="3" if number % 7 == 0 else "0",
            client_first_message_time=NOW - HOUR,
            staff_first_reply_time=NOW - HOUR + 5_000 if answered else 0,
            first_reply_cost=number * 700 if answered else 0,
            in_queue_time=number * 900 if number % 5 == 0 else 0,
            evaluation_type=5,
            evaluation=(0, 100, 25)[number % 3],
            is_valid=number % 2,
            user_message_count=number % 6,
            from_type=("WEB", "IOS", "wx")[number % 3],
        )


async def filled(house):
    await house.take(*records())


def number_of(text):
    return int(text.replace(",", ""))


@pytest.mark.parametrize("insight", INSIGHTS, ids=lambda insight: insight.id)
def test_every_count_on_a_page_is_the_length_of_the_list_behind_it(insight):
    async def pairs():
        async with dashboard_house() as house:
            await filled(house)
            await house.log_in("operator")
            page = await house.get(f"/{insight.id}?span=7d")
            assert 200 == page.status
            cards = [found.groupdict() for found in CARD.finditer(page.text)]
            cells = [found.groupdict() for found in CELL.finditer(page.text)][:25]
            behind = []
            for one in [*cards, *cells]:
                if one["href"] and re.fullmatch(r"[0-9,]+", one["text"].strip()):
                    answer = await house.get(unescape(one["href"]))
                    found = COUNT.search(answer.text)
                    behind.append((one, answer.status, number_of(found[1]) if found else 0))
            return cards, behind

    cards, behind = asyncio.run(pairs())
    assert len(cards) == len(insight.blocks[0].figure_ids)
    assert behind
    for one, status, count in behind:
        assert (200, number_of(one["text"])) == (status, count), one


def test_a_new_install_says_why_it_is_empty_and_what_to_do():
    async def pages():
        async with dashboard_house() as house:
            await house.log_in("viewer")
            new = await house.get("/overview")
            await house.take(ended_record(1, end_time=NOW - 200 * 24 * HOUR))
            return new, await house.get("/overview?span=today")

    new, filtered = asyncio.run(pages())
    assert "No session has arrived yet" in new.text
    assert "afterchat push" in new.text
    assert "No sessions here" in filtered.text


def test_a_part_is_answered_with_304_while_nothing_changed_and_anew_when_something_did():
    async def answers():
        async with dashboard_house() as house:
            await filled(house)
            await house.log_in("viewer")
            first = await house.get("/overview/part?span=7d")
            again = await house.get("/overview/part?span=7d", if_none_match=first.header("etag"))
            await house.take(ended_record(99))
            changed = await house.get("/overview/part?span=7d", if_none_match=first.header("etag"))
            return first, again, changed

    first, again, changed = asyncio.run(answers())
    assert (200, 304, b"", 200) == (first.status, again.status, again.body, changed.status)


def test_groups_that_are_somebodys_own_words_are_for_those_who_may_see_them():
    async def pages():
        async with dashboard_house() as house:
            await house.take(ended_record(1, search_key="my own illness"))
            await house.log_in("viewer")
            masked = await house.get("/channels")
            await house.log_in("operator")
            return masked, await house.get("/channels")

    masked, whole = asyncio.run(pages())
    assert "my own illness" not in masked.text
    assert "my own illness" in whole.text


@pytest.mark.parametrize(
    "query", ["q=a", "remarks=x", "from_ip=10.0.0.1", "evaluation_remark_contains=a", "foreign_id=138"]
)
def test_what_is_masked_cannot_be_asked_for_either(query):
    async def answers():
        async with dashboard_house() as house:
            await house.take(ended_record(1, remarks="x", custom_field=(CustomField("1", "a", "b"),)))
            await house.log_in("analyst")
            return [await house.get(f"/{path}?{query}") for path in ("sessions", "overview", "sessions/export")]

    assert {400} == {answer.status for answer in asyncio.run(answers())}


def test_moments_of_a_form_are_of_the_readers_zone_and_take_the_place_of_a_span():
    async def pages():
        async with dashboard_house() as house:
            await house.take(ended_record(1, end_time=NOW - HOUR), ended_record(2, end_time=NOW - 5 * HOUR))
            await house.log_in("viewer")  # 10:30 in China, so they ended at 09:30 and 05:30
            both = await house.get("/sessions?span=today&since=2026-01-31T05:00&until=2026-01-31T10:00")
            early = await house.get("/sessions?span=7d&since=2026-01-31T05:00&until=2026-01-31T06:00")
            other = await house.get("/sessions?since=2026-01-31T05:00&zone=UTC")
            return both, early, other

    both, early, _ = asyncio.run(pages())
    assert ["2", "1"] == [COUNT.search(page.text)[1] for page in (both, early)]
