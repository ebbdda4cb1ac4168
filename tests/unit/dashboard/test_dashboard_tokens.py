"""The pages of tokens and of the audit: a token is shown once, tenants stay apart, what was done is told in words."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

import pytest
from people_house import ALL_TENANTS, done_in, in_house, secret_of, texts

from afterchat.access.audit import ACTIONS, Actor, noted
from afterchat.access.tokens import MadeToken, Tokens
from afterchat.dashboard.pages.people_lists import ROWS_MAX

DAY_MS = 86_400_000
TOKEN = {"scope": "operate", "tenant": "default", "days": "30"}


async def keep_token(house: Any, tenant: str | None) -> MadeToken:
    """A token that the command line made."""
    return await Tokens(house.store.registry, house.store.people, house.clock).add(tenant, "read", None)


def test_a_token_is_on_the_answer_alone_and_only_its_hash_is_kept() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        answer = await house.post("/people/tokens", TOKEN)
        text = secret_of(answer.text)
        ((token, digest),) = await house.store.registry.tokens()
        paths = ("/people/tokens", f"/people/tokens/{token.id}", "/people/audit")
        later = [(await house.get(path)).text for path in paths]

        assert (answer.status, answer.header("cache-control")) == (200, "no-store")
        assert answer.location is None
        assert digest == sha256(text.encode()).digest()
        assert (token.scope, token.tenant) == ("operate", "default")
        assert token.expires_at == house.clock.now_ms() + 30 * DAY_MS
        assert [(text in page, token.id in page) for page in later] == [(False, True)] * 3
        assert (await done_in(house))[0] == ("token.add", token.id)

    in_house(visit)


def test_a_token_without_days_has_no_end() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        await house.post("/people/tokens", {**TOKEN, "tenant": ALL_TENANTS, "days": ""})
        ((token, _),) = await house.store.registry.tokens()

        assert (token.tenant, token.expires_at) == (None, None)

    in_house(visit)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"days": "0"}, "A whole number from 1 to 3,650"),
        ({"days": "3651"}, "A whole number from 1 to 3,650"),
        ({"days": "1.5"}, "A whole number from 1 to 3,650"),
        ({"days": "٣"}, "A whole number from 1 to 3,650"),
        ({"tenant": "nobody"}, "Choose one of the tenants there are."),
        ({"tenant": ALL_TENANTS, "scope": "send"}, "A token that sends is for one tenant"),
        ({"scope": "write"}, "There is no such scope"),
    ],
)
def test_a_form_with_a_fault_says_so_and_makes_nothing(changed: dict[str, str], fault: str) -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        answer = await house.post("/people/tokens", {**TOKEN, **changed})

        assert answer.status == 400
        assert re.search(r'<p class="error" id="\w+">([^<]+)', answer.text)[1].startswith(fault)
        assert f'value="{changed.get("days", "30")}"' in answer.text
        assert await house.store.registry.tokens() == ()

    in_house(visit)


def test_who_is_bound_to_a_tenant_finds_makes_and_revokes_tokens_of_it_alone() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin", tenant="acme")
        mine, *others = [(await keep_token(house, tenant)).token for tenant in ("acme", "globex", None)]
        page = (await house.get("/people/tokens")).text
        reached = [
            (await answer).status
            for token in others
            for answer in (
                house.get(f"/people/tokens/{token.id}"),
                house.post(f"/people/tokens/{token.id}/revoke"),
            )
        ]
        made = [
            (await house.post("/people/tokens", {**TOKEN, "tenant": one})).status
            for one in ("globex", ALL_TENANTS, "acme")
        ]
        kept = [token.tenant for token, _ in await house.store.registry.tokens()]

        assert [token.id in page for token in (mine, *others)] == [True, False, False]
        assert reached == [404] * 4
        assert made == [400, 400, 200]
        assert sorted(kept, key=str) == [None, "acme", "acme", "globex"]

    in_house(visit)


def test_a_revoked_token_is_gone_and_the_audit_says_by_whom() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        token = (await keep_token(house, "default")).token
        answer = await house.post(f"/people/tokens/{token.id}/revoke")
        (own,) = await house.store.people.users(None)
        rows = re.findall(r"<tr>(.*?)</tr>", (await house.get("/people/audit")).text, re.DOTALL)
        told = [texts(row) for row in rows if token.id in row]

        assert (answer.status, answer.location) == (303, "/people/tokens?done=token_revoked")
        assert await house.store.registry.tokens() == ()
        assert [ACTIONS[what].en in row for what, row in zip(("token.revoke", "token.add"), told, strict=True)] == [
            True,
            True,
        ]
        assert (own.name in told[0], "Command line" in told[1]) == (True, True)

    in_house(visit)


def test_the_audit_is_read_to_its_end_newest_first() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")
        objects = [f"thing{number:03}" for number in range(ROWS_MAX + 9)]
        for at, name in enumerate(objects):
            await house.store.people.write_note(noted(Actor("usr_gone", None), at, "records.erase", name, "acme", n=at))
        first = (await house.get("/people/audit")).text
        second = (await house.get(re.search(r'href="([^"]+)" rel="next"', first)[1])).text
        seen = [re.findall(r"<code>(thing\d+)</code>", page) for page in (first, second)]

        assert [*seen[0], *seen[1]] == objects[::-1]
        assert len(seen[0]) <= ROWS_MAX
        assert 'rel="next"' not in second
        assert "<code>usr_gone</code>" in first
        assert "<code>n=58</code>" in first

    in_house(visit)


def test_the_audit_of_a_tenant_holds_nothing_of_others() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin", tenant="acme")
        for tenant in ("acme", "globex", None):
            note = noted(Actor("cli", None), 1, "records.erase", f"of-{tenant}", tenant)
            await house.store.people.write_note(note)
        page = (await house.get("/people/audit")).text

        assert re.findall(r"of-\w+", page) == ["of-acme"]

    in_house(visit)


@pytest.mark.parametrize("before", ["", "0", "-1", "x", "9" * 19, "٣"])
def test_a_line_that_is_no_number_is_refused(before: str) -> None:
    async def visit(house: Any) -> None:
        await house.log_in("admin")

        assert (await house.get(f"/people/audit?before={before}")).status == 400

    in_house(visit)
