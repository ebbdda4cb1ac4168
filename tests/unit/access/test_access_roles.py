"""The table of rights, cell by cell."""

from __future__ import annotations

import pytest

from afterchat.access.roles import NO_RIGHTS, ROLES, SCOPE_RIGHTS, Right, rights_of

MATRIX = {
    Right.SEE_MASKED: "viewer analyst operator admin",
    Right.EXPORT_MASKED: "analyst operator admin",
    Right.SEE_UNMASKED: "operator admin",
    Right.EXPORT_UNMASKED: "operator admin",
    Right.OPERATE: "operator admin",
    Right.MANAGE: "admin",
    Right.ERASE: "admin",
}


@pytest.mark.parametrize("right", list(Right))
def test_a_right_belongs_to_exactly_these_roles(right):
    assert MATRIX[right].split() == [name for name in ROLES if right in rights_of(name)]


@pytest.mark.parametrize("name", ["", "Admin", "root", "oracle"])
def test_a_role_that_nobody_knows_has_no_right(name):
    assert NO_RIGHTS == rights_of(name)


def test_a_token_has_rights_by_its_scope():
    assert {"read", "send", "operate"} == set(SCOPE_RIGHTS)
    assert NO_RIGHTS == SCOPE_RIGHTS["send"]
    assert {Right.OPERATE} == SCOPE_RIGHTS["operate"] - SCOPE_RIGHTS["read"]
    assert SCOPE_RIGHTS["operate"].isdisjoint({Right.MANAGE, Right.ERASE})
