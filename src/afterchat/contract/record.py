"""The record of one ended session: its 59 fields, each declared once, in the order of the vendor's page.

Columns, JSON, labels, reference pages and the codec read FIELDS; nobody else lists the fields.

Rules
- The attribute is the wire name in snake_case, without exception, so `beginer` stays `beginer`.
- Values keep the type of the wire, so that what is shown equals what was pushed.
  That is why the two rating moments, `is_staff_invited` and `s_type` are text: the vendor's page prints them as text.
- Where the vendor's page is silent or contradicts itself, `evidence` says what was chosen and why.
- Moments are epoch milliseconds and durations are milliseconds.
  The page's own sample moment has 14 digits (the year 2414), so no moment is judged by its digits.

What does not belong here: reading and writing bytes (`codec`), meanings of codes (`vocabulary`).
"""

from __future__ import annotations

from typing import Annotated, Any, get_type_hints

import msgspec

from afterchat.contract.field import INTEGER_MAX, About, Field, Integer, fields_of

__all__ = ["FIELDS", "CustomField", "Field", "SessionRecord", "blank_record", "latest_moment", "moment_of_text"]

MOMENT = "epoch ms"
DURATION = "ms"
COUNT = "count"

_ZERO_IS_A_VALUE = "No none-value is documented. Our choice is -1, because 0 is itself a value here."
_ZERO_IS_NONE = "No none-value is documented. Our choice is 0, as the page uses 0 for other things that do not exist."


class CustomField(msgspec.Struct, frozen=True, gc=False, rename="camel", forbid_unknown_fields=True):
    """One service-record field that the enterprise defined itself; all three are text."""

    field_id: str
    field_name: str
    field_value: str


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False, rename="camel", forbid_unknown_fields=True):
    """One ended session, as the platform summed it up."""

    alarm_times: Annotated[Integer, About("智能监控报警次数", "Alarms of the smart monitor in this session", COUNT)]
    category: Annotated[
        str,
        About(
            "会话分类，路径形式 a/b",
            "Category of the session, a path `a/b`",
            evidence="Up to five levels are seen; the vendor's console writes 未知 or 未分类 for none.",
        ),
    ]
    close_reason: Annotated[
        Integer, About("会话关闭原因", "Why it closed", none=-1, coded="closeReason", evidence=_ZERO_IS_A_VALUE)
    ]
    end_time: Annotated[Integer, About("会话结束时间", "When it ended", MOMENT)]
    evaluation_type: Annotated[
        Integer,
        About(
            "评价模型（选项个数）",
            "Rating model: its number of options",
            coded="evaluationType",
            evidence="The page's sample shows 4, which no text explains; it is kept and labelled unknown.",
        ),
    ]
    evaluation: Annotated[
        Integer,
        About(
            "评价得分，含义随评价模型而定",
            "Rating; its meaning depends on the model",
            coded="evaluation",
            evidence="The page calls any value outside the model not rated. Our choice is to emit 0 for not rated.",
        ),
    ]
    evaluation_remark: Annotated[str, About("评价内容", "What the visitor wrote with the rating")]
    staff_invited_evaluate_time: Annotated[
        str, About("客服邀评时间", "When staff asked for a rating", MOMENT, "-1", also=(int,))
    ]
    user_join_evaluate_time: Annotated[str, About("访客参评时间", "When the visitor rated", MOMENT, "-1", also=(int,))]
    user_resolved_status: Annotated[
        Integer, About("访客标记的解决状态", "Solved, in the visitor's view", coded="userResolvedStatus")
    ]
    foreign_id: Annotated[
        str,
        About(
            "企业自有的用户标识",
            "The enterprise's own id of the visitor",
            evidence="Empty for an anonymous visitor is inferred.",
        ),
    ]
    from_group_id: Annotated[
        Integer, About("来自分流组的编号", "Id of the group it was routed to", evidence=_ZERO_IS_NONE)
    ]
    from_group: Annotated[str, About("来自分流组的名称", "Name of the group it was routed to")]
    from_ip: Annotated[str, About("访客来源 IP", "The visitor's address")]
    from_page: Annotated[
        str,
        About(
            "来源页", "Page the visitor came from", evidence="Apps put any text of their own here; not always a URL."
        ),
    ]
    from_staff: Annotated[
        str,
        About(
            "来自哪个客服",
            "Name of the staff it was routed to",
            evidence="The page says from which staff; read as the routing target, not as who served.",
        ),
    ]
    from_title: Annotated[str, About("来源页标题", "Title of the page the visitor came from")]
    from_type: Annotated[
        str,
        About(
            "来源类型",
            "Channel",
            coded="fromType",
            evidence="The vendor's iOS client itself writes iOS: compared without regard to case.",
        ),
    ]
    id: Annotated[
        Integer, About("会话编号", "Id of the session", evidence="Up to 64 bits in the vendor's own clients.")
    ]
    in_queue_time: Annotated[
        Integer,
        About(
            "排队时长",
            "How long it queued",
            DURATION,
            evidence="The page's word can mean a moment or a length. Our choice is a length, because the vendor's "
            "console exports a queue duration; the value itself is kept as it came.",
        ),
    ]
    interaction: Annotated[
        Integer,
        About("会话类别：人工或机器人", "Person or robot", none=-1, coded="interaction", evidence=_ZERO_IS_A_VALUE),
    ]
    related_id: Annotated[
        Integer, About("被关联的会话编号", "Id of the session it is linked with", evidence=_ZERO_IS_NONE)
    ]
    related_type: Annotated[
        Integer,
        About(
            "关联会话类型",
            "How it is linked",
            coded="relatedType",
            evidence="1 on the person's session and 2 on the robot's, pointing at each other, is inferred.",
        ),
    ]
    staff_first_reply_time: Annotated[
        Integer, About("客服首次响应时间", "When staff first replied", MOMENT, evidence=_ZERO_IS_NONE)
    ]
    s_type: Annotated[
        str,
        About(
            "会话类型：正常、留言或排队超时",
            "Normal, left message or queue timed out",
            coded="sType",
            also=(int,),
            evidence="The page's sample is text and its comment lists digits. Our choice is a digit as text.",
        ),
    ]
    staff_id: Annotated[
        Integer, About("客服编号", "Id of the staff", evidence="The value for a robot is not documented; ours is 0.")
    ]
    staff_name: Annotated[str, About("客服名字，或为“机器人”", "Name of the staff, or 机器人 for a robot")]
    start_time: Annotated[
        Integer,
        About(
            "会话开始时间",
            "When service began",
            MOMENT,
            evidence="The console separates creation from start; read as the start of service.",
        ),
    ]
    stick_duration: Annotated[
        Integer, About("置顶时长", "How long staff pinned it", DURATION, evidence="The unit is inferred.")
    ]
    user_id: Annotated[Integer, About("平台的访客编号", "The platform's id of the visitor")]
    remarks: Annotated[str, About("会话备注", "Note of the staff")]
    custom_field: Annotated[
        tuple[CustomField, ...],
        About(
            "在线服务记录字段（企业自定义）",
            "Service-record fields that the enterprise defined",
            also=(str,),
            evidence="The page prints an array with escaped quotes, as if JSON within text. "
            "Our choice is to emit a plain array and to read either.",
        ),
    ]
    status: Annotated[
        Integer,
        About(
            "客服标记的解决状态",
            "Solved, as marked by staff",
            none=-1,
            coded="status",
            evidence="The page gives no values; four third-party programs agree on 0, 1 and 2. " + _ZERO_IS_A_VALUE,
        ),
    ]
    vip_level: Annotated[Integer, About("VIP 层级", "VIP tier", coded="vipLevel")]
    visit_range: Annotated[
        Integer,
        About(
            "与上一次来访的时间差，小于等于 0 则忽略",
            "Time since the visit before; 0 or less means there was none",
            DURATION,
            evidence="Whether it counts from the start or the end of that visit is not documented.",
        ),
    ]
    transfer_rg_type: Annotated[
        str,
        About(
            "机器人转人工的类型",
            "What moved the visitor from robot to person",
            coded="transferRgType",
            also=(int,),
            evidence="Words on this page; a number without a published table in the vendor's client kits.",
        ),
    ]
    round_number: Annotated[Integer, About("对话回合数", "Rounds: a visitor's question and its answer", COUNT)]
    client_first_message_time: Annotated[
        Integer,
        About(
            "访客首条消息时间",
            "When the visitor first wrote; may lie before the start",
            MOMENT,
            evidence=_ZERO_IS_NONE,
        ),
    ]
    avg_resp_duration: Annotated[Integer, About("客服平均响应时长", "Mean response time of staff", DURATION)]
    is_valid: Annotated[
        Integer,
        About(
            "是否有效会话",
            "Whether it counts as a session",
            none=-1,
            coded="isValid",
            evidence="Invalid means that the visitor never wrote, by a third-party guide. " + _ZERO_IS_A_VALUE,
        ),
    ]
    human_transfer_session_id: Annotated[
        Integer, About("转接来源的会话编号，0 为无", "Id of the session it was transferred from; 0 is none")
    ]
    transfer_from_staff_name: Annotated[str, About("转接来源客服", "Staff it was transferred from")]
    transfer_from_group: Annotated[str, About("转接来源客服组", "Group it was transferred from")]
    transfer_remarks: Annotated[str, About("转接备注", "Note left with the transfer")]
    staff_message_count: Annotated[Integer, About("客服消息数", "Messages of staff", COUNT)]
    user_message_count: Annotated[
        Integer, About("访客消息数", "Messages of the visitor, those while queuing too", COUNT)
    ]
    transfer_type: Annotated[
        str, About("转接类型", "Kind of transfer", coded="transferType", evidence="Empty for none is inferred.")
    ]
    overflow_from: Annotated[str, About("溢出来源", "Group it overflowed from")]
    is_staff_invited: Annotated[
        str,
        About(
            "客服是否邀请评价",
            "Whether staff asked for a rating",
            none="0",
            coded="isStaffInvited",
            also=(int,),
            evidence="Disputed: a clone reads it as staff having opened the session. Our choice is the page's text; "
            "its sample shows 0, which the text does not list and which we read as not stated.",
        ),
    ]
    treated_time: Annotated[
        Integer, About("留言处理时间，非留言为 0", "When the left message was handled; 0 if it is none", MOMENT)
    ]
    from_human_transfer: Annotated[
        Integer, About("是否来自客服转接", "Whether staff transferred it here", coded="fromHumanTransfer")
    ]
    first_reply_cost: Annotated[
        Integer,
        About(
            "首次响应时长：访客首条消息至客服首次回复",
            "From the visitor's first message to the first reply of staff",
            DURATION,
            evidence="Undefined without a reply; our choice is then 0.",
        ),
    ]
    category_detail: Annotated[
        str,
        About(
            "会话咨询分类明细",
            "Category in full, a path",
            evidence="Seen with blanks round the slash: `a / b / c`.",
        ),
    ]
    is_evaluation_invited: Annotated[
        Integer,
        About(
            "邀评还是主动评价",
            "Asked to rate, or rated unasked",
            none=-1,
            coded="isEvaluationInvited",
            evidence="0 is asked. It is also what an unset number looks like: it says nothing without a rating. "
            + _ZERO_IS_A_VALUE,
        ),
    ]
    beginer: Annotated[
        Integer, About("会话发起方", "Who began it", coded="beginer", evidence="So spelt on the wire; sample 0.")
    ]
    ender: Annotated[Integer, About("会话中止方", "Who ended it", coded="ender", evidence="The sample shows 0.")]
    origin_platform: Annotated[str, About("来源渠道", "Source channel, e.g. 直接访问 (typed in)")]
    search_key: Annotated[str, About("搜索关键词", "Search words that led here")]
    land_page: Annotated[str, About("着陆页地址", "Address of the landing page")]


FIELDS: tuple[Field, ...] = fields_of(get_type_hints(SessionRecord, include_extras=True))
"""The field table, in the order of the vendor's page, which is the order on the wire."""

_NONE_VALUES = {field.name: field.none for field in FIELDS}


def blank_record(**values: Any) -> SessionRecord:
    """A record whose fields are none, but for those given.

    Values are taken as they are; `codec.encode` is what checks types.
    Raises TypeError for a name that is no field.
    """
    return SessionRecord(**{**_NONE_VALUES, **values})


def latest_moment(record: SessionRecord) -> int:
    """The greatest moment at which anything in the record is known to have happened, epoch ms; 0 if none is.

    It ranks two revisions that were signed within the same second.
    Moments that are not positive, or not a number of 64 bits, do not count.
    """
    return max(
        0,
        record.end_time,
        record.treated_time,
        moment_of_text(record.staff_invited_evaluate_time),
        moment_of_text(record.user_join_evaluate_time),
    )


def moment_of_text(text: str) -> int:
    """A moment that the wire writes as text, epoch ms; 0 when it is none. Total."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(INTEGER_MAX)):
        return 0
    moment = int(text)
    return moment if moment <= INTEGER_MAX else 0
