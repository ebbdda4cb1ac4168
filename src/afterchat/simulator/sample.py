"""The one record that the vendor's page shows, field by field, as a record of ours.

Its moments are made up (14 digits, year 2414), and so are its codes.
It is here because every integrator tries it first.
Source: the request example of the vendor's page "会话结束推送会话数据", edited 2022-01-28.
"""

from __future__ import annotations

from afterchat.contract.record import CustomField, SessionRecord

__all__ = ["VENDOR_SAMPLE"]

_MOMENT = 14_014_679_100_973


VENDOR_SAMPLE = SessionRecord(
    alarm_times=1,
    category="xx/xx",
    close_reason=2,
    end_time=3,
    evaluation_type=4,
    evaluation=2,
    evaluation_remark="xx",
    staff_invited_evaluate_time=str(_MOMENT),
    user_join_evaluate_time=str(_MOMENT),
    user_resolved_status=1,
    foreign_id="fs",
    from_group_id=999,
    from_group="2",
    from_ip="as",
    from_page="ff",
    from_staff="3",
    from_title="aaa",
    from_type="ios",
    id=1,
    in_queue_time=4,
    interaction=0,
    related_id=4,
    related_type=2,
    staff_first_reply_time=_MOMENT,
    s_type="0",
    staff_id=4,
    staff_name="f",
    start_time=2,
    stick_duration=43,
    user_id=43,
    remarks="会话备注",
    custom_field=(CustomField(field_id="自定义的id", field_name="自定义名称", field_value="自定义实际值"),),
    status=0,
    vip_level=2,
    visit_range=5,
    transfer_rg_type="主动转人工",
    round_number=10,
    client_first_message_time=_MOMENT,
    avg_resp_duration=11_212_121,
    is_valid=1,
    human_transfer_session_id=1_212_121,
    transfer_from_staff_name="f",
    transfer_from_group="g",
    transfer_remarks="remark",
    staff_message_count=1,
    user_message_count=2,
    transfer_type="静默转接",
    overflow_from="客服组11",
    is_staff_invited="0",
    treated_time=0,
    from_human_transfer=0,
    first_reply_cost=112_233,
    category_detail="xx/xx",
    is_evaluation_invited=0,
    beginer=0,
    ender=0,
    origin_platform="直接访问",
    search_key="keyword",
    land_page="page",
)
"""The sample with its comments taken out; sType is `0`, since the page shows words where a digit belongs."""
