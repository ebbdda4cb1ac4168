"""What is said of an event: in both languages, and each thing differently."""

from __future__ import annotations

import re

import pytest
from engine_cast import SERVED, after, event

from afterchat.engine.events import Pinned, SessionClosed
from afterchat.engine.states import State
from afterchat.engine.summary import summarise
from afterchat.engine.verdict import DUPLICATE, TAKEN, Outcome, Refusal, Refused, Verdict

HAN = re.compile("[一-鿿]")


@pytest.mark.parametrize("one", [*Verdict, *Refusal], ids=lambda one: one.name)
def test_every_verdict_and_refusal_is_said_in_both_languages(one):
    assert (True, False, True) == (bool(re.match("[a-z{]", one.en)), bool(HAN.search(one.en)), bool(HAN.search(one.zh)))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", [Verdict, Refusal], ids=["verdicts", "refusals"])
def test_no_two_say_the_same(kind, language):
    assert len(kind) == len({getattr(one, language) for one in kind})


def test_a_refusal_explains_itself_in_either_language():
    refused = Refused(event(30, Pinned), Refusal.NOT_ALLOWED, State.QUEUED)

    assert "Pinned cannot happen in a session that is queuing" == refused.explain("en")
    assert "会话处于“排队中”时不允许 Pinned" == refused.explain("zh")
    assert refused.explain("en") == refused.explain("fr")


def test_a_refusal_names_the_cue_not_the_class():
    refused = Refused(event(30, SessionClosed, close_reason=11), Refusal.NOT_ALLOWED, State.NEW)

    assert "SessionClosed 11 cannot happen in a session that is not opened" == refused.explain("en")


@pytest.mark.parametrize("refusal", Refusal)
def test_every_explanation_is_a_sentence_without_gaps(refusal):
    refused = Refused(event(30, Pinned), refusal, State.QUEUED)

    assert [] == [said for said in (refused.explain("en"), refused.explain("zh")) if "{" in said or "}" in said]


def test_an_outcome_gives_the_reason_of_a_refusal_alone():
    refused = Refused(event(30, Pinned), Refusal.ALREADY_PINNED, State.SERVED)

    assert Refusal.ALREADY_PINNED is Outcome(Verdict.REFUSED, refused=refused).refusal
    assert [None, None] == [TAKEN.refusal, DUPLICATE.refusal]


def test_an_outcome_says_nothing_that_it_was_not_given():
    record = summarise(after((*SERVED, event(20, SessionClosed))))

    assert (Verdict.TAKEN, None, None, False) == TAKEN
    assert (Verdict.DUPLICATE, None, None, False) == DUPLICATE
    assert (Verdict.TAKEN, record, None, False) == Outcome(Verdict.TAKEN, record)
