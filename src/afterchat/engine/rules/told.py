"""The stories that the examples of the rules are taken from: few, short, and each with a point of its own.

The parts of ANSWERED are spread so that no two durations in it are equal.
"""

from __future__ import annotations

from afterchat.engine.stories import Story

__all__ = [
    "AFTER_ROBOT",
    "ANSWERED",
    "ASKED_TWICE",
    "FROM_HISTORY",
    "GAVE_UP",
    "GREETED",
    "LEFT_MESSAGE",
    "LEFT_QUEUE",
    "LOGGED_IN",
    "ROBOT",
    "SILENT",
    "SILENT_TRANSFER",
    "STORIES",
    "TAKEN_OVER",
    "TRANSFERRED_IN",
    "TRANSFERRED_OUT",
    "UNANSWERED",
]

ANSWERED = Story(
    "answered",
    "Queued, served, solved, rated after the end",
    "排队、服务、解决、结束后评价",
    """0 SessionOpened kind=person userId=43 foreignId=member-7 fromType=web fromIp=203.0.113.9
         fromPage=https://shop.example/orders fromTitle=我的订单 originPlatform=百度 searchKey="跑鞋 轻便"
         landPage=https://shop.example/ vipLevel=3 previousVisitAt=1799913600000 evaluationType=5;
       1 QueueEntered fromGroupId=2 fromGroup=售后服务组;
       5 VisitorWrote;
      13 StaffAssigned staffId=17885 staffName=王小燕 fromStaff=李思远 fromGroupId=3 fromGroup=物流查询组
         overflowFrom=售后服务组;
      14 StaffWrote isAutomatic=true;
      25 StaffWrote;
      40 VisitorWrote;
      42 VisitorWrote;
      50 Pinned;
      60 AlarmRaised;
      70 StaffWrote;
      71 StaffWrote;
      97 Unpinned;
     100 CategoryChosen category=售后服务/退换货 categoryDetail="售后服务 / 退换货 / 七天无理由";
     105 RemarkWritten remarks=已发送换货链接;
     106 CustomFieldsFilled customField='[{"fieldId":"1024","fieldName":"订单号","fieldValue":"E2024"}]';
     107 StatusMarked status=1;
     110 RatingInvited;
     120 SessionClosed closeReason=0;
     180 VisitorRated evaluation=75 evaluationRemark=回复很快 userResolvedStatus=1""",
)
GREETED = Story(
    "greeted",
    "Staff greeted by hand before the visitor wrote; the visitor rated unasked",
    "客服先手工问候，访客随后提问，并主动评价",
    """0 SessionOpened kind=person evaluationType=3;
       2 StaffAssigned staffId=5 staffName=张佳怡;
       3 StaffWrote;
      20 VisitorWrote;
      31 StaffWrote;
      50 VisitorRated evaluation=100;
      60 SessionClosed closeReason=7""",
)
UNANSWERED = Story(
    "unanswered",
    "The visitor wrote, nobody answered, the visitor left",
    "访客提问，无人答复，访客离开",
    """0 SessionOpened kind=person;
       2 StaffAssigned staffId=5 staffName=张佳怡;
       4 VisitorWrote;
      64 SessionClosed closeReason=1""",
)
SILENT = Story(
    "silent",
    "Staff greeted, the visitor never wrote",
    "客服问候，访客一直未说话",
    """0 SessionOpened kind=person evaluationType=2;
       2 StaffAssigned staffId=5 staffName=张佳怡;
       3 StaffWrote;
     302 SessionClosed closeReason=10""",
)
ASKED_TWICE = Story(
    "asked twice",
    "The system asked for a rating, the visitor rated and changed it; still pinned at the end",
    "系统邀评，访客评价后又更改；结束时仍置顶",
    """0 SessionOpened kind=person evaluationType=2;
       2 StaffAssigned staffId=5 staffName=张佳怡;
       4 VisitorWrote;
       9 StaffWrote;
      10 Pinned;
      40 RatingInvited by=system;
      60 SessionClosed closeReason=2;
      65 VisitorRated evaluation=100 evaluationRemark=好 userResolvedStatus=1;
      90 VisitorRated evaluation=1 userResolvedStatus=2""",
)
GAVE_UP = Story(
    "gave up",
    "The visitor queued, wrote, and gave up",
    "访客排队时发言，随后放弃",
    """0 SessionOpened kind=person;
       1 QueueEntered fromGroupId=2 fromGroup=售后服务组;
       4 VisitorWrote;
      91 SessionClosed closeReason=12""",
)
LEFT_QUEUE = Story(
    "left the queue",
    "The visitor queued, then closed the window",
    "访客排队中关闭窗口",
    """0 SessionOpened kind=person;
       1 QueueEntered fromGroupId=2 fromGroup=售后服务组 overflowFrom=售前咨询组;
       9 QueueEntered fromGroupId=3 fromGroup=物流查询组;
      40 SessionClosed closeReason=1""",
)
LOGGED_IN = Story(
    "logged in",
    "Anonymous at first, then logged in while queuing; nobody was free, so a message was left",
    "先匿名，排队时登录；无人空闲，转为留言",
    """0 SessionOpened kind=person userId=43;
       1 QueueEntered;
       5 VisitorIdentified userId=44 foreignId=member-8 vipLevel=2;
      20 MessageOffered;
      25 VisitorWrote;
     325 SessionClosed closeReason=2""",
)
LEFT_MESSAGE = Story(
    "left message",
    "A message left at night, dealt with in the morning",
    "夜间留言，次日处理",
    """0 SessionOpened kind=message;
       6 VisitorWrote;
       9 VisitorWrote;
     309 SessionClosed closeReason=2;
   32400 MessageTreated""",
)
ROBOT = Story(
    "robot",
    "The robot answered twice and handed over to a person",
    "机器人答复两次后转人工",
    """0 SessionOpened kind=robot;
       1 VisitorWrote;
       1.4 RobotAnswered;
      20 VisitorWrote;
      20.6 RobotAnswered;
      30 HandedToPerson transferRgType=关键词转人工 toSession=2""",
)
AFTER_ROBOT = Story(
    "after the robot",
    "The person's session that follows from it, transferred on",
    "随后的人工会话，又转接给其他客服",
    """30 SessionOpened kind=person cameFrom.type=FromRobot cameFrom.session=1 cameFrom.transferRgType=关键词转人工;
       31 StaffAssigned staffId=5 staffName=张佳怡;
       40 VisitorWrote;
       80 TransferredAway toSession=3""",
    session=2,
)
TRANSFERRED_OUT = Story(
    "transferred out",
    "Moved to other staff whose session became known later",
    "转接给其他客服，后续会话编号稍后得知",
    """0 SessionOpened kind=person;
       2 StaffAssigned staffId=5 staffName=张佳怡;
       4 VisitorWrote;
      30 TransferredAway;
      31 SuccessorNamed toSession=2""",
)
TRANSFERRED_IN = Story(
    "transferred in",
    "The session that staff transferred here, with a note",
    "由客服转接而来的会话，附备注",
    """30 SessionOpened kind=person cameFrom.type=FromTransfer cameFrom.session=1
         cameFrom.transferFromStaffName=张佳怡 cameFrom.transferFromGroup=售前咨询组
         cameFrom.transferRemarks=顾客要查物流;
       31 StaffAssigned staffId=6 staffName=李思远;
       35 StaffWrote;
       60 SessionClosed closeReason=0""",
    session=2,
)
SILENT_TRANSFER = Story(
    "silent transfer",
    "The session that the system moved here because staff stayed silent",
    "客服静默、由系统转接而来的会话",
    """30 SessionOpened kind=person cameFrom.type=FromTransfer cameFrom.session=1 cameFrom.isSilent=true;
       31 StaffAssigned staffId=6 staffName=李思远;
       50 TransferredAway isSilent=true toSession=3""",
    session=2,
)
TAKEN_OVER = Story(
    "taken over",
    "An admin took the visitor over from a session that an admin had taken over",
    "接管而来的会话再次被接管",
    """30 SessionOpened kind=person cameFrom.type=FromTakeOver cameFrom.session=1;
       31 StaffAssigned staffId=6 staffName=李思远;
       60 TakenOver toSession=3""",
    session=2,
)
FROM_HISTORY = Story(
    "from history",
    "Staff opened it out of an earlier session",
    "客服从历史会话发起",
    """0 SessionOpened kind=person by=staff cameFrom.type=FromHistory cameFrom.session=9;
       1 StaffAssigned staffId=5 staffName=张佳怡;
       2 StaffWrote;
      60 SessionClosed closeReason=16""",
)

STORIES = (
    ANSWERED,
    GREETED,
    UNANSWERED,
    SILENT,
    ASKED_TWICE,
    GAVE_UP,
    LEFT_QUEUE,
    LOGGED_IN,
    LEFT_MESSAGE,
    ROBOT,
    AFTER_ROBOT,
    TRANSFERRED_OUT,
    TRANSFERRED_IN,
    SILENT_TRANSFER,
    TAKEN_OVER,
    FROM_HISTORY,
)
"""Every story, in the order in which the reference page tells them."""
