"""Users from the command line: no password is ever an argument, and one that is made is shown once."""

from __future__ import annotations

import pytest

PASSWORD = "correct horse battery"


@pytest.fixture
def users(afterchat, store_url):
    return lambda *arguments, **given: afterchat("users", *arguments, "--store", store_url, **given)


def states(users):
    rows = users("list", "--json").rows
    return [(row["name"], row["role"], row["tenant"], row["state"]) for row in rows]


def test_users_are_added_changed_and_removed(users):
    made = users("add", "anna", "--role", "admin", "--all-tenants", "--generate", "--json").document
    assert 0 == users("add", "bert", "--role", "viewer", "--tenant", "default", stdin=f"{PASSWORD}\n").code
    assert 0 == users("role", "bert", "operator").code
    assert 0 == users("disable", "bert").code
    assert [("anna", "admin", "", "active"), ("bert", "operator", "default", "disabled")] == states(users)

    assert 0 == users("enable", "bert").code
    again = users("passwd", "bert", "--generate", "--json").document
    assert (23, 23) == (len(made["password"]), len(again["password"]))
    assert made["password"] not in users("list").out + users("list", "--json").out
    assert 0 == users("remove", "bert").code
    assert [("anna", "admin", "", "active")] == states(users)


def test_what_cannot_be_done_ends_in_1_in_the_language_of_the_reader(users):
    assert 0 == users("add", "anna", "--role", "admin", "--all-tenants", stdin=PASSWORD).code
    short = users("passwd", "anna", "--lang", "zh", stdin="short\n")
    last = users("remove", "anna")

    assert (1, 1) == (short.code, last.code)
    assert "至少需要 12 个字符" in short.err
    assert "last administrator" in last.err
    assert 1 == users("add", "anna", "--role", "viewer", "--all-tenants", stdin=PASSWORD).code
    assert 1 == users("add", "bert", "--role", "viewer", "--tenant", "nobody", stdin=PASSWORD).code
    assert 1 == users("passwd", "anna", stdin=b"\xff" * 12).code
    assert 1 == users("disable", "nobody").code


@pytest.mark.parametrize(
    "arguments",
    [("--role", "viewer"), ("--role", "viewer", "--tenant", "a", "--all-tenants"), ("--role", "root", "--all-tenants")],
)
def test_a_line_that_cannot_be_read_ends_in_2(users, arguments):
    assert 2 == users("add", "anna", *arguments, stdin=PASSWORD).code


def test_roles_on_the_command_line_are_those_of_the_table():
    from afterchat.access.roles import ROLES
    from afterchat.cli.users import users as group

    for command in ("add", "role"):
        (choice,) = (one.type for one in group.commands[command].params if one.name == "role")
        assert list(ROLES) == list(choice.choices)
