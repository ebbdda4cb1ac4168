"""CONTRADICTIONS: what cannot be true of one record, each as one line of a table.

The derived fields of a record follow from others; a record whose fields disagree was made, or changed, wrongly.

Rules
- A contradiction needs values on both sides: what is not stated contradicts nothing.
- A line holds for one record and for a part of a snapshot alike.

What does not belong here: fields that could not be read at all (`contract.drift`), looking for them
(`contradictions`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from afterchat.contract.field import INTEGER_MAX
from afterchat.contract.vocabulary import ENDER_OF_CLOSE_REASON
from afterchat.figures.rows import Bools, Rows, one_of
from afterchat.figures.subjects.queue import MOMENT_FROM_MS
from afterchat.figures.subjects.rating import RATINGS

__all__ = ["CONTRADICTIONS", "Contradiction"]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One line."""

    id: str
    zh: str
    en: str
    fields: tuple[str, ...]
    """The fields that disagree, by their names in Python."""
    mask: Callable[[Rows], Bools]
    """Where they do."""


def _cost_differs(rows: Rows) -> Bools:
    first, reply = rows.numbers("client_first_message_time"), rows.numbers("staff_first_reply_time")
    both = (first > 0) & (reply > 0)
    found: Bools = both & (np.where(both, reply - first, 0) != rows.numbers("first_reply_cost"))
    return found


def _lost_longer(rows: Rows) -> Bools:
    """Lost in the queue: the queue lies between start and end, as nobody served."""
    queue, start, end = rows.numbers("in_queue_time"), rows.numbers("start_time"), rows.numbers("end_time")
    is_lost = (rows.numbers("s_type_number") == 3) & (start > 0) & (end >= start)
    found: Bools = is_lost & (queue > np.where(is_lost, end - start, INTEGER_MAX)) & (queue < MOMENT_FROM_MS)
    return found


def _wrong_ender(rows: Rows) -> Bools:
    reason, ender = rows.numbers("close_reason"), rows.numbers("ender")
    found = np.zeros(rows.row_count, dtype=np.bool_)
    for one, by in ENDER_OF_CLOSE_REASON.items():
        found |= (reason == one) & (ender != by)
    return found & one_of(ender, 1, 2, 3)


def _foreign_rating(rows: Rows) -> Bools:
    model, rating = rows.numbers("evaluation_type"), rows.numbers("evaluation")
    found = np.zeros(rows.row_count, dtype=np.bool_)
    for number, ratings in RATINGS.items():
        found |= (model == number) & ~one_of(rating, *ratings)
    return found & (rating > 0)


def _pinned_longer(rows: Rows) -> Bools:
    start, end = rows.numbers("start_time"), rows.numbers("end_time")
    both = (start > 0) & (end >= start)
    found: Bools = both & (rows.numbers("stick_duration") > np.where(both, end - start, INTEGER_MAX))
    return found


_FIRST, _REPLY = "client_first_message_time", "staff_first_reply_time"

_LINES = (
    Contradiction(
        "ends_before_start",
        "结束早于开始",
        "It ended before it began",
        ("start_time", "end_time"),
        lambda rows: (rows.numbers("end_time") > 0) & (rows.numbers("start_time") > rows.numbers("end_time")),
    ),
    Contradiction(
        "first_reply_cost",
        "首次响应时长不等于首次回复减去首条消息",
        "The first reply time is not the first reply less the first message",
        ("first_reply_cost", _FIRST, _REPLY),
        _cost_differs,
    ),
    Contradiction(
        "first_reply_cost_without_reply",
        "没有回复却有首次响应时长",
        "There is a first reply time but no reply",
        ("first_reply_cost", _REPLY),
        lambda rows: (rows.numbers("first_reply_cost") > 0) & (rows.numbers(_REPLY) <= 0),
    ),
    Contradiction(
        "reply_before_question",
        "首次回复早于访客首条消息",
        "The first reply lies before the visitor's first message",
        (_FIRST, _REPLY),
        lambda rows: (rows.numbers(_REPLY) > 0) & (rows.numbers(_REPLY) < rows.numbers(_FIRST)),
    ),
    Contradiction(
        "reply_after_end",
        "首次回复晚于结束",
        "The first reply lies behind the end",
        (_REPLY, "end_time"),
        lambda rows: (rows.numbers("end_time") > 0) & (rows.numbers(_REPLY) > rows.numbers("end_time")),
    ),
    Contradiction(
        "valid_without_message",
        "标为有效，但访客没有消息",
        "Called valid, but the visitor sent no message",
        ("is_valid", "user_message_count"),
        lambda rows: (rows.numbers("is_valid") == 1) & (rows.numbers("user_message_count") == 0),
    ),
    Contradiction(
        "invalid_with_messages",
        "标为无效，但访客有消息",
        "Called invalid, but the visitor sent messages",
        ("is_valid", "user_message_count"),
        lambda rows: (rows.numbers("is_valid") == 0) & (rows.numbers("user_message_count") > 0),
    ),
    Contradiction(
        "more_rounds_than_messages",
        "回合数多于一方的消息数",
        "There are more rounds than messages of either side",
        ("round_number", "user_message_count", "staff_message_count"),
        lambda rows: (
            (rows.numbers("round_number") > rows.numbers("user_message_count"))
            | (rows.numbers("round_number") > rows.numbers("staff_message_count"))
        ),
    ),
    Contradiction(
        "response_without_round",
        "没有回合却有平均响应时长",
        "There is a mean response time but no round",
        ("avg_resp_duration", "round_number"),
        lambda rows: (rows.numbers("avg_resp_duration") > 0) & (rows.numbers("round_number") == 0),
    ),
    Contradiction(
        "ender_against_reason",
        "结束方与关闭原因不符",
        "Who ended it does not go with the close reason",
        ("ender", "close_reason"),
        _wrong_ender,
    ),
    Contradiction(
        "rating_outside_model",
        "评分不在评价模型之内",
        "The rating is none of its model",
        ("evaluation", "evaluation_type"),
        _foreign_rating,
    ),
    Contradiction(
        "rated_at_without_rating",
        "有评价时间却没有评分",
        "There is a moment of rating but no rating",
        ("user_join_evaluate_time", "evaluation"),
        lambda rows: (rows.numbers("user_join_evaluate_moment") > 0) & (rows.numbers("evaluation") == 0),
    ),
    Contradiction(
        "unasked_but_invited",
        "标为主动评价，但客服在评价之前邀评过",
        "Called rated unasked, but staff had asked before",
        ("is_evaluation_invited", "staff_invited_evaluate_time", "user_join_evaluate_time"),
        lambda rows: (
            (rows.numbers("is_evaluation_invited") == 1)
            & (rows.numbers("staff_invited_evaluate_moment") > 0)
            & (rows.numbers("staff_invited_evaluate_moment") < rows.numbers("user_join_evaluate_moment"))
        ),
    ),
    Contradiction(
        "unasked_without_rating",
        "标为主动评价，但没有评分",
        "Called rated unasked, but there is no rating",
        ("is_evaluation_invited", "evaluation"),
        lambda rows: (rows.numbers("is_evaluation_invited") == 1) & (rows.numbers("evaluation") == 0),
    ),
    Contradiction(
        "staff_invited_without_moment",
        "标为客服邀评，但没有邀评时间",
        "Staff are said to have asked for a rating, but there is no moment of it",
        ("is_staff_invited", "staff_invited_evaluate_time"),
        lambda rows: rows.is_any("is_staff_invited", ("1",)) & (rows.numbers("staff_invited_evaluate_moment") == 0),
    ),
    Contradiction(
        "staff_not_invited_with_moment",
        "标为非客服邀评，但有邀评时间",
        "Staff are said not to have asked for a rating, but there is a moment of it",
        ("is_staff_invited", "staff_invited_evaluate_time"),
        lambda rows: rows.is_any("is_staff_invited", ("2",)) & (rows.numbers("staff_invited_evaluate_moment") > 0),
    ),
    Contradiction(
        "queue_longer_than_life",
        "排队中流失，但排队时长超过会话时长",
        "Lost in the queue, but it queued longer than the session lasted",
        ("in_queue_time", "s_type", "start_time", "end_time"),
        _lost_longer,
    ),
    Contradiction(
        "queue_is_a_moment",
        "排队时长大到只能是时刻",
        "The queue time is so great that it must be a moment",
        ("in_queue_time",),
        lambda rows: rows.numbers("in_queue_time") >= MOMENT_FROM_MS,
    ),
    Contradiction(
        "pinned_longer_than_life",
        "置顶时长超过会话时长",
        "It was pinned longer than it lasted",
        ("stick_duration", "start_time", "end_time"),
        _pinned_longer,
    ),
    Contradiction(
        "transfer_without_source",
        "标为客服转接而来，但没有来源会话",
        "Said to be transferred here, but not from which session",
        ("from_human_transfer", "human_transfer_session_id"),
        lambda rows: (rows.numbers("from_human_transfer") == 1) & (rows.numbers("human_transfer_session_id") == 0),
    ),
    Contradiction(
        "source_without_transfer",
        "有转接来源会话，但标为不是转接而来",
        "It has the session it was transferred from, but is said not to be transferred",
        ("human_transfer_session_id", "from_human_transfer"),
        lambda rows: (rows.numbers("human_transfer_session_id") > 0) & (rows.numbers("from_human_transfer") == 0),
    ),
    Contradiction(
        "linked_to_itself",
        "关联的是它自己",
        "It is linked with itself",
        ("id", "related_id", "human_transfer_session_id"),
        lambda rows: (
            (rows.numbers("id") != 0)
            & (
                (rows.numbers("related_id") == rows.numbers("id"))
                | (rows.numbers("human_transfer_session_id") == rows.numbers("id"))
            )
        ),
    ),
    Contradiction(
        "treated_but_no_message",
        "有留言处理时间，但不是留言",
        "It has a moment of treatment, but is no left message",
        ("treated_time", "s_type"),
        lambda rows: (rows.numbers("treated_time") > 0) & one_of(rows.numbers("s_type_number"), 0, 3),
    ),
    Contradiction(
        "robot_with_staff",
        "机器人会话却有客服编号",
        "A robot's session, but it has staff",
        ("interaction", "staff_id"),
        lambda rows: (rows.numbers("interaction") == 1) & (rows.numbers("staff_id") > 0),
    ),
    Contradiction(
        "hand_over_by_person",
        "关闭原因为机器人转人工，但不是机器人会话",
        "Closed as handed from robot to person, but it is no robot's session",
        ("close_reason", "interaction"),
        lambda rows: (rows.numbers("close_reason") == 3) & (rows.numbers("interaction") == 0),
    ),
)

CONTRADICTIONS: Mapping[str, Contradiction] = MappingProxyType({line.id: line for line in _LINES})
"""Every contradiction by id."""
