"""What visitors thought of it, how many said so, and how long after the end they did."""

from __future__ import annotations

import numpy as np

from afterchat.contract.vocabulary import EVALUATION_MODELS
from afterchat.figures.definition import Figure
from afterchat.figures.measures import Count, Mean, Percentile, Share
from afterchat.figures.rows import Bools, Ints, Population, Quantity, Rows, one_of
from afterchat.figures.subjects.sessions import RECEIVED, VALID

__all__ = ["FIGURES"]

RATINGS = {
    model: tuple(sorted(value for value in ratings.labels if isinstance(value, int) and value))
    for model, ratings in EVALUATION_MODELS.items()
    if model
}
"""Rating model -> the ratings it has, from the vocabulary; 0 is not rated in every model."""
POSITIVE = {2: (100,), 3: (100,), 5: (75, 100)}

_MINUTE_MS = 60_000
_LATE_MINUTES = (10, 60, 480)
"""The vendor's clients fall back to 10 minutes, and let an enterprise choose up to 480."""
_FIELDS = ("evaluation_type", "evaluation")


def _in_model(rows: Rows, ratings: dict[int, tuple[int, ...]]) -> Bools:
    model, rating = rows.numbers("evaluation_type"), rows.numbers("evaluation")
    found = np.zeros(rows.row_count, dtype=np.bool_)
    for number, values in ratings.items():
        found |= (model == number) & one_of(rating, *values)
    return found


RATED = Population(
    "rated",
    "已评价的会话（evaluation 为其 evaluationType 所列的评分：二级 1、100，三级 1、50、100，五级 1、25、50、75、100）",
    "rated sessions (evaluation is a rating of its evaluationType: of 2 options 1 or 100, of 3 options 1, 50 or 100, "
    "of 5 options 1, 25, 50, 75 or 100)",
    _FIELDS,
    lambda rows: _in_model(rows, RATINGS),
)
_SAYS_RATED = Population(
    "says_rated",
    "评分可以解读的会话（evaluation ≤ 0，或为该评价模型的评分）",
    "sessions whose rating can be read (evaluation 0 or less, or a rating of its model)",
    _FIELDS,
    lambda rows: (rows.numbers("evaluation") <= 0) | rows.of(RATED),
)
_POSITIVE = Population(
    "positive",
    "好评会话（二级、三级为 100，五级为 75 或 100）",
    "positively rated sessions (100 of 2 or 3 options, 75 or 100 of 5)",
    _FIELDS,
    lambda rows: _in_model(rows, POSITIVE),
)
_RATED_RECEIVED = Population(
    "rated_received",
    "已评价的接待会话（interaction 为 0、sType 为 0，evaluation 为其评价模型所列的评分）",
    "rated received sessions (interaction 0, sType 0, evaluation a rating of its model)",
    ("interaction", "s_type", *_FIELDS),
    lambda rows: rows.of(RECEIVED) & rows.of(RATED),
)
_INVITED = Population(
    "invited",
    "客服邀评的接待会话（interaction 为 0、sType 为 0、staffInvitedEvaluateTime > 0）",
    "received sessions that staff asked to rate (interaction 0, sType 0, staffInvitedEvaluateTime > 0)",
    ("interaction", "s_type", "staff_invited_evaluate_time"),
    lambda rows: rows.of(RECEIVED) & (rows.numbers("staff_invited_evaluate_moment") > 0),
)
_SAYS_WHEN_RATED = Population(
    "says_when_rated",
    "未评价或写明评价时间的会话（userJoinEvaluateTime > 0）",
    "sessions not rated, or that say when they were (userJoinEvaluateTime > 0)",
    (*_FIELDS, "user_join_evaluate_time"),
    lambda rows: ~rows.of(RATED) | (rows.numbers("user_join_evaluate_moment") > 0),
)
_RATED_AS_INVITED = Population(
    "rated_as_invited",
    "邀评之后评价的会话（已评价且 userJoinEvaluateTime ≥ staffInvitedEvaluateTime）",
    "those rated since (rated, userJoinEvaluateTime ≥ staffInvitedEvaluateTime)",
    (*_FIELDS, "user_join_evaluate_time", "staff_invited_evaluate_time"),
    lambda rows: (
        rows.of(RATED) & (rows.numbers("user_join_evaluate_moment") >= rows.numbers("staff_invited_evaluate_moment"))
    ),
)
_UNASKED = Population(
    "unasked",
    "主动评价的会话（isEvaluationInvited 为 1）",
    "those rated unasked (isEvaluationInvited 1)",
    ("is_evaluation_invited",),
    lambda rows: rows.numbers("is_evaluation_invited") == 1,
)
_COMMENTED = Population(
    "commented",
    "写有评价内容的会话（evaluationRemark 不为空）",
    "those with a comment (evaluationRemark not empty)",
    ("evaluation_remark",),
    lambda rows: ~rows.is_any("evaluation_remark", ("",)),
)


def _delay(rows: Rows) -> Ints:
    is_known = rows.of(_SAYS_DELAY)
    return np.where(is_known, rows.numbers("user_join_evaluate_moment") - rows.numbers("end_time"), 0)


_SAYS_DELAY = Population(
    "says_delay",
    "写明评价时间与结束时间的会话（userJoinEvaluateTime > 0、endTime > 0）",
    "those that say when they were rated and when they ended (userJoinEvaluateTime > 0, endTime > 0)",
    ("user_join_evaluate_time", "end_time"),
    lambda rows: (rows.numbers("user_join_evaluate_moment") > 0) & (rows.numbers("end_time") > 0),
)
_LATE = Population(
    "rated_late",
    "结束后才评价的接待会话（已评价、endTime > 0、userJoinEvaluateTime > endTime）",
    "received sessions rated after their end (rated, endTime > 0, userJoinEvaluateTime > endTime)",
    ("interaction", "s_type", *_FIELDS, "user_join_evaluate_time", "end_time"),
    lambda rows: rows.of(_RATED_RECEIVED) & rows.of(_SAYS_DELAY) & (_delay(rows) > 0),
)
DELAY = Quantity(
    "rating_delay",
    "评价延迟（userJoinEvaluateTime − endTime）",
    "delay of the rating (userJoinEvaluateTime − endTime)",
    "ms",
    ("user_join_evaluate_time", "end_time"),
    "",
    "",
    _delay,
    lambda rows: rows.of(_SAYS_DELAY) & (_delay(rows) >= 0),
)
POINTS = Quantity(
    "points",
    "评分（evaluation）",
    "rating (evaluation)",
    "points",
    ("evaluation",),
    "",
    "",
    lambda rows: rows.numbers("evaluation"),
    lambda rows: rows.numbers("evaluation") > 0,
)

_BOTH_ZH = "厂商只给出“相对满意度”一词，公式为我们所定。"
_BOTH_EN = "The vendor has only the words; the formula is ours."


def _of_model(model: int) -> tuple[Figure, Figure]:
    zh = {2: "二级", 3: "三级", 5: "五级"}[model]
    of_model = Population(
        f"rated_of_{model}",
        f"{zh}评价的接待会话（interaction 为 0、sType 为 0、evaluationType 为 {model}，evaluation 为其评分）",
        f"received sessions rated by {model} options (interaction 0, sType 0, evaluationType {model}, "
        f"evaluation a rating of it)",
        _RATED_RECEIVED.fields,
        lambda rows: rows.of(_RATED_RECEIVED) & (rows.numbers("evaluation_type") == model),
    )
    return (
        Figure(f"ratings_of_{model}", f"{zh}评价数", f"Ratings of {model} options", Count(of_model)),
        Figure(f"rating_mean_of_{model}", f"{zh}评价平均分", f"Mean rating of {model} options", Mean(of_model, POINTS)),
    )


def _late_within(minutes: int) -> Figure:
    soon = Population(
        f"late_within_{minutes}min",
        f"延迟不超过 {minutes} 分钟的会话（userJoinEvaluateTime − endTime ≤ {minutes * _MINUTE_MS}）",
        f"those at most {minutes} min late (userJoinEvaluateTime − endTime ≤ {minutes * _MINUTE_MS})",
        DELAY.fields,
        lambda rows: _delay(rows) <= minutes * _MINUTE_MS,
    )
    return Figure(
        f"late_ratings_within_{minutes}min",
        f"结束后 {minutes} 分钟内的评价",
        f"Ratings within {minutes} min of the end",
        Count(_LATE, soon),
    )


FIGURES = (
    Figure("ratings", "评价数", "Ratings", Count(RECEIVED, RATED, _SAYS_RATED)),
    *(figure for model in RATINGS for figure in _of_model(model)),
    Figure("ratings_positive", "好评数", "Positive ratings", Count(RECEIVED, _POSITIVE, _SAYS_RATED)),
    Figure("ratings_unasked", "主动评价数", "Ratings unasked", Count(_RATED_RECEIVED, _UNASKED)),
    Figure("ratings_commented", "带评语的评价", "Ratings with a comment", Count(_RATED_RECEIVED, _COMMENTED)),
    Figure("participation", "参评率", "Participation", Share(VALID, RATED, _SAYS_RATED)),
    Figure("rating_invitations", "客服邀评数", "Invitations by staff", Count(_INVITED)),
    Figure(
        "participation_of_invited",
        "邀评参评率",
        "Participation of the invited",
        Share(_INVITED, _RATED_AS_INVITED, _SAYS_WHEN_RATED),
        note_zh="系统邀评不在其内：记录只写明客服邀评的时间。",
        note_en="Invitations by the system are not among them: a record says only when staff asked.",
    ),
    Figure(
        "satisfaction_relative",
        "相对满意度",
        "Relative satisfaction",
        Share(_RATED_RECEIVED, _POSITIVE),
        note_zh=_BOTH_ZH,
        note_en=_BOTH_EN,
    ),
    Figure(
        "satisfaction_absolute",
        "绝对满意度",
        "Absolute satisfaction",
        Share(VALID, _POSITIVE, _SAYS_RATED),
        note_zh=_BOTH_ZH,
        note_en=_BOTH_EN,
    ),
    Figure("late_ratings", "结束后的评价", "Late ratings", Count(_RATED_RECEIVED, _LATE, _SAYS_DELAY)),
    Figure("late_ratings_share", "结束后评价占比", "Late share", Share(_RATED_RECEIVED, _LATE, _SAYS_DELAY)),
    *(_late_within(minutes) for minutes in _LATE_MINUTES),
    Figure("late_rating_delay_p50", "评价延迟 P50", "Delay of late ratings, p50", Percentile(_LATE, DELAY, 50)),
    Figure("late_rating_delay_p90", "评价延迟 P90", "Delay of late ratings, p90", Percentile(_LATE, DELAY, 90)),
    Figure("late_rating_delay_max", "最长评价延迟", "Longest delay of a rating", Percentile(_LATE, DELAY, 100)),
)
