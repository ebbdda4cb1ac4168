"""Codes have honest labels in both languages."""

import re

import pytest

from afterchat.contract.vocabulary import CODED_SETS, EVALUATION_MODELS, evaluation_label, knows_evaluation


@pytest.mark.parametrize("coded", [*CODED_SETS.values(), *EVALUATION_MODELS.values()], ids=lambda coded: coded.name)
def test_every_value_has_a_label_in_both_languages(coded):
    for value in coded.labels:
        assert not coded.label(value, "zh").startswith("未知 (")
        assert not re.search("[\u4e00-\u9fff]", coded.label(value, "en"))
        assert coded.knows(value)


@pytest.mark.parametrize(
    ("name", "value", "zh", "en"),
    [
        ("closeReason", 0, "客服关闭", "closed by staff"),
        ("closeReason", 17, "未知 (17)", "unknown (17)"),
        ("userResolvedStatus", 2, "未解决", "not solved"),
        ("relatedType", 5, "被接管", "taken over"),
        ("sType", "2", "离线留言", "left message"),
        ("sType", "会话类型", "未知 (会话类型)", "unknown (会话类型)"),
        ("interaction", 0, "客服会话", "person"),
        ("interaction", 1, "机器人会话", "robot"),
        ("vipLevel", 10, "VIP10", "VIP10"),
        ("vipLevel", 11, "VIP", "VIP"),
        ("fromType", "WX_MA", "微信小程序", "WeChat mini-program"),
        ("fromType", "iOS", "iOS", "iOS"),
        ("isEvaluationInvited", 0, "邀评", "asked to rate"),
        ("isStaffInvited", "2", "非客服邀评", "staff did not ask"),
        ("ender", 3, "系统", "system"),
    ],
)
def test_label_says_what_the_documents_say(name, value, zh, en):
    assert (CODED_SETS[name].label(value, "zh"), CODED_SETS[name].label(value, "en")) == (zh, en)


@pytest.mark.parametrize("value", [14, 15])
def test_close_reasons_without_a_document_stay_unknown(value):
    assert not CODED_SETS["closeReason"].knows(value)


def test_label_of_a_long_unknown_value_is_cut():
    assert CODED_SETS["transferType"].label("x" * 5000, "en") == f"unknown ({'x' * 40})"


@pytest.mark.parametrize(
    ("model", "evaluation", "label"),
    [
        (2, 100, "satisfied"),
        (3, 100, "satisfied"),
        (5, 100, "very satisfied"),
        (5, 75, "satisfied"),
        (2, 1, "dissatisfied"),
        (5, 1, "very dissatisfied"),
        (3, 75, "unknown (75)"),
        (4, 2, "unknown (2)"),
        (5, 0, "not rated"),
        (4, 0, "not rated"),
    ],
)
def test_rating_is_labelled_within_its_model(model, evaluation, label):
    assert evaluation_label(model, evaluation, "en") == label
    assert knows_evaluation(model, evaluation) == (not label.startswith("unknown"))


def test_words_stand_for_values_of_their_set():
    for coded in CODED_SETS.values():
        for word, value in coded.words.items():
            assert word == word.lower()
            assert coded.knows(value)
