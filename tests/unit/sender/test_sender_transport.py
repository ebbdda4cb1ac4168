"""What crosses the wire's edge: every failure that a transport can name is explained in both languages."""

from __future__ import annotations

import pytest

from afterchat.contract.ack import ACCEPTED_BODY
from afterchat.sender.transport import ANSWER_BYTES_MAX, FAILURES


@pytest.mark.parametrize("kind", FAILURES)
def test_every_failure_is_explained_in_both_languages(kind):
    en, zh = FAILURES[kind]

    assert en.isascii()
    assert en == en.strip() != ""
    assert not zh.isascii()


def test_the_table_of_failures_cannot_be_changed():
    with pytest.raises(TypeError):
        FAILURES["other"] = ("", "")


def test_an_acknowledgement_has_ample_room():
    assert 64 * 1024 == ANSWER_BYTES_MAX
    assert len(ACCEPTED_BODY) < ANSWER_BYTES_MAX
