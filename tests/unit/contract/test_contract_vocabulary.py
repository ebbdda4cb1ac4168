"""Codes have honest labels in both languages."""

import re

import pytest

from afterchat.contract.vocabulary import (
    CODED_SETS,
    ENDER_OF_CLOSE_REASON,
    EVALUATION_MODELS,
    CodedSet,
    evaluation_label,
    knows_evaluation,
)


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


# Copied from the documents by hand; the one list that must not come from CODED_SETS.
VALUES = {
    "closeReason": [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16],
    "evaluationType": [0, 2, 3, 5],
    "evaluation": [0, 1, 25, 50, 75, 100],
    "userResolvedStatus": [0, 1, 2],
    "relatedType": [0, 1, 2, 3, 4, 5],
    "sType": ["", "0", "1", "2", "3"],
    "interaction": [-1, 0, 1],
    "status": [-1, 0, 1, 2],
    "vipLevel": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    "transferRgType": [
        "", "主动转人工", "关键词转人工", "回复引导转人工", "拦截词转人工", "连续未知转人工", "差评转人工",
        "情绪识别转人工", "图片转人工",
    ],
    "transferType": ["", "静默转接", "人工转接"],
    "fromType": ["", "web", "ios", "android", "wx", "wx_ma", "wb", "open"],
    "isValid": [-1, 0, 1],
    "isStaffInvited": ["0", "1", "2"],
    "isEvaluationInvited": [-1, 0, 1],
    "fromHumanTransfer": [0, 1],
    "beginer": [0, 1, 2],
    "ender": [0, 1, 2, 3],
}  # fmt: skip
MODELS = {0: [0], 2: [0, 1, 100], 3: [0, 1, 50, 100], 5: [0, 1, 25, 50, 75, 100]}
WORDS_OF_S_TYPE = {
    "正常会话": "0",
    "正常": "0",
    "normal session": "0",
    "normal": "0",
    "离线留言": "1",
    "留言": "1",
    "left message": "1",
    "排队超时": "3",
    "queue timed out": "3",
    "queue timeout": "3",
}
WITHOUT_CHINESE = {("fromType", "ios")} | {("vipLevel", tier) for tier in range(1, 12)}


def test_values_are_those_of_the_documents():
    assert {name: list(coded.labels) for name, coded in CODED_SETS.items()} == VALUES
    assert {model: list(coded.labels) for model, coded in EVALUATION_MODELS.items()} == MODELS


def test_words_are_those_that_the_wire_was_seen_with():
    assert {name: coded.words for name, coded in CODED_SETS.items() if coded.words} == {"sType": WORDS_OF_S_TYPE}


@pytest.mark.parametrize("coded", [*CODED_SETS.values(), *EVALUATION_MODELS.values()], ids=lambda coded: coded.name)
def test_every_label_is_chinese_in_chinese_and_words_in_english(coded):
    for value in coded.labels:
        is_chinese = re.search("[\u4e00-\u9fff]", coded.label(value, "zh")) is not None
        assert is_chinese != ((coded.name, value) in WITHOUT_CHINESE)
        assert re.search("[A-Za-z]{2}", coded.label(value, "en"))


@pytest.mark.parametrize("coded", CODED_SETS.values(), ids=lambda coded: coded.name)
def test_labels_of_one_set_tell_its_values_apart(coded):
    twice = {("sType", "离线留言"), ("sType", "left message"), ("closeReason", "系统关闭")}
    for language in ("zh", "en"):
        labels = [coded.label(value, language) for value in coded.labels]
        assert {(coded.name, label) for label in labels if labels.count(label) > 1} <= twice


def test_every_model_is_named_as_what_it_is():
    assert [coded.name for coded in EVALUATION_MODELS.values()] == [
        "evaluation of no model",
        "evaluation of model 2",
        "evaluation of model 3",
        "evaluation of model 5",
    ]


def test_only_the_case_of_from_type_is_blind():
    assert [name for name, coded in CODED_SETS.items() if coded.is_case_blind] == ["fromType"]
    assert not CODED_SETS["closeReason"].is_case_blind


def test_case_matters_unless_the_set_is_blind_to_it_and_numbers_have_none():
    seeing = CodedSet("seeing", {"a": ("甲", "a")})
    blind = CodedSet("blind", {"a": ("甲", "a"), 1: ("一", "one")}, is_case_blind=True)
    assert [seeing.knows("a"), seeing.knows("A")] == [True, False]
    assert [blind.knows("a"), blind.knows("A"), blind.knows(1), blind.knows(2)] == [True, True, True, False]


def test_sets_that_other_sources_state_say_so():
    told = {name for name, coded in CODED_SETS.items() if coded.source}
    assert told == {"closeReason", "evaluation", "status", "vipLevel"}


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


def test_who_ended_a_session_follows_from_every_reason_that_is_known():
    of_ender = {1: (1, 3, 7, 12), 2: (0, 5, 6), 3: (2, 4, 8, 9, 10, 11, 13, 16)}

    assert {reason: ender for ender, reasons in of_ender.items() for reason in reasons} == ENDER_OF_CLOSE_REASON
    assert set(ENDER_OF_CLOSE_REASON) == {reason for reason in CODED_SETS["closeReason"].labels if reason != -1}
