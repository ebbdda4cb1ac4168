"""One's own account: another password ends every other session, no password comes back, a role sees what it may."""

from __future__ import annotations

import re
from typing import Any

import pytest
from people_house import in_house, texts

from afterchat.access.cookie import cookie_in
from afterchat.access.identity import LoggedIn, Refused
from afterchat.access.roles import ROLES, Right

OLD, NEW = "correct horse battery", "another horse battery"


async def session_of(house: Any) -> tuple[str, str]:
    """The name of whoever is logged in, and the cookie of another session of theirs."""
    (user,) = await house.store.people.users(None)
    begun = await house.sources.gate.login(user.name, OLD, "10.0.0.9")
    assert isinstance(begun, LoggedIn)
    return user.name, begun.cookie


def test_another_password_ends_every_session_and_begins_one() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("viewer")
        name, elsewhere = await session_of(house)
        answer = await house.post("/account/password", {"old": OLD, "new": NEW, "again": NEW})
        begun = cookie_in([answer.header("set-cookie").partition(";")[0]], is_secure=False)
        who = await house.sources.gate.who(begun or "")

        assert (answer.status, answer.location) == (303, "/account?done=password")
        assert answer.header("cache-control") == "no-store"
        assert "HttpOnly" in answer.header("set-cookie")
        assert who is not None
        assert who.name == name
        assert await house.sources.gate.who(elsewhere) is None
        assert (await house.get("/account")).status == 303
        assert isinstance(await house.sources.gate.login(name, OLD, "10.0.0.9"), Refused)
        assert isinstance(await house.sources.gate.login(name, NEW, "10.0.0.9"), LoggedIn)

    in_house(visit)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"old": "wrong horse battery"}, "That is not your present password."),
        ({"again": "another horse batterx"}, "The new password is not the same both times."),
        ({"new": "short-one", "again": "short-one"}, "A password has at least 12 characters."),
    ],
)
def test_a_fault_is_said_at_its_field_and_nothing_typed_comes_back(changed: dict[str, str], fault: str) -> None:
    async def visit(house: Any) -> None:
        await house.log_in("viewer")
        form = {"old": OLD, "new": NEW, "again": NEW, **changed}
        answer = await house.post("/account/password", form)
        field = re.search(rf'name="{next(iter(changed))}" aria-describedby="([^"]+)" aria-invalid="true"', answer.text)
        said = re.search(rf'id="{field[1].split()[-1]}">([^<]+)', answer.text)

        assert (answer.status, said[1]) == (400, fault)
        assert [typed for typed in form.values() if typed in answer.text] == []
        assert (await house.get("/account")).status == 200

    in_house(visit)


def test_guessing_the_present_password_is_slowed_down() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("viewer")
        form = {"old": "wrong horse battery", "new": NEW, "again": NEW}
        answers = [await house.post("/account/password", form) for _ in range(30)]

        assert answers[-1].status == 429
        assert "Too many attempts" in texts(answers[-1].text)

    in_house(visit)


def test_logging_out_everywhere_ends_this_session_and_all_others() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("viewer")
        _, elsewhere = await session_of(house)
        answer = await house.post("/account/logout-everywhere")

        assert (answer.status, answer.location) == (303, "/login")
        assert "Max-Age=0" in answer.header("set-cookie")
        assert await house.sources.gate.who(elsewhere) is None
        assert (await house.get("/account")).status == 303

    in_house(visit)


@pytest.mark.parametrize("role", ROLES)
def test_everybody_reads_who_they_are_and_what_they_may(role: str) -> None:
    async def visit(house: Any) -> None:
        await house.log_in(role, tenant="acme")
        answer = await house.get("/account")
        listed = re.search(r'<ul class="rights">(.*?)</ul>', answer.text, re.DOTALL)

        assert answer.status == 200
        assert "acme" in texts(answer.text)
        assert ROLES[role].en in texts(answer.text)
        assert listed[1].count("<li>") == len([right for right in Right if right in ROLES[role].rights])

    in_house(visit)


def test_language_theme_and_zone_are_chosen_here_and_lead_back_here() -> None:
    async def visit(house: Any) -> None:
        await house.log_in("viewer")
        main = (await house.get("/account")).text.partition("<main")[2]
        forms = re.findall(r'<form method="post" action="/preferences".*?</form>', main, re.DOTALL)
        chosen = [re.search(r'name="(language|theme|zone)"', form)[1] for form in forms]

        assert chosen == ["language", "theme", "zone", "zone"]
        assert [form for form in forms if 'name="back" value="/account"' not in form] == []
        assert re.search(r'value="Asia/Shanghai"[^>]*>Asia/Shanghai \(UTC\+08:00\)<', forms[2])

    in_house(visit)
