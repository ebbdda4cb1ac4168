"""The model of 59 fields and the row of 59 columns of the naive rival, written out as a user would.

Imported only by its program, so that the benchmark itself needs neither pydantic nor SQLAlchemy.
"""

# ruff: noqa: N815 - the columns are called as the wire calls them

from pydantic import BaseModel
from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["Base", "CustomFieldIn", "SessionIn", "SessionRow"]


class CustomFieldIn(BaseModel):
    fieldId: str = ""
    fieldName: str = ""
    fieldValue: str = ""


class SessionIn(BaseModel):
    alarmTimes: int = 0
    category: str = ""
    closeReason: int = 0
    endTime: int
    evaluationType: int = 0
    evaluation: int = 0
    evaluationRemark: str = ""
    staffInvitedEvaluateTime: str = ""
    userJoinEvaluateTime: str = ""
    userResolvedStatus: int = 0
    foreignId: str = ""
    fromGroupId: int = 0
    fromGroup: str = ""
    fromIp: str = ""
    fromPage: str = ""
    fromStaff: str = ""
    fromTitle: str = ""
    fromType: str = ""
    id: int
    inQueueTime: int = 0
    interaction: int = 0
    relatedId: int = 0
    relatedType: int = 0
    staffFirstReplyTime: int = 0
    sType: str = ""
    staffId: int = 0
    staffName: str = ""
    startTime: int
    stickDuration: int = 0
    userId: int = 0
    remarks: str = ""
    customField: list[CustomFieldIn] = []
    status: int = 0
    vipLevel: int = 0
    visitRange: int = 0
    transferRgType: str = ""
    roundNumber: int = 0
    clientFirstMessageTime: int = 0
    avgRespDuration: int = 0
    isValid: int = 0
    humanTransferSessionId: int = 0
    transferFromStaffName: str = ""
    transferFromGroup: str = ""
    transferRemarks: str = ""
    staffMessageCount: int = 0
    userMessageCount: int = 0
    transferType: str = ""
    overflowFrom: str = ""
    isStaffInvited: str = ""
    treatedTime: int = 0
    fromHumanTransfer: int = 0
    firstReplyCost: int = 0
    categoryDetail: str = ""
    isEvaluationInvited: int = 0
    beginer: int = 0
    ender: int = 0
    originPlatform: str = ""
    searchKey: str = ""
    landPage: str = ""


class Base(DeclarativeBase):
    pass


class SessionRow(Base):
    __tablename__ = "session"

    alarmTimes: Mapped[int] = mapped_column(BigInteger)
    category: Mapped[str] = mapped_column(Text)
    closeReason: Mapped[int] = mapped_column(BigInteger)
    endTime: Mapped[int] = mapped_column(BigInteger, index=True)
    evaluationType: Mapped[int] = mapped_column(BigInteger)
    evaluation: Mapped[int] = mapped_column(BigInteger)
    evaluationRemark: Mapped[str] = mapped_column(Text)
    staffInvitedEvaluateTime: Mapped[str] = mapped_column(Text)
    userJoinEvaluateTime: Mapped[str] = mapped_column(Text)
    userResolvedStatus: Mapped[int] = mapped_column(BigInteger)
    foreignId: Mapped[str] = mapped_column(Text)
    fromGroupId: Mapped[int] = mapped_column(BigInteger)
    fromGroup: Mapped[str] = mapped_column(Text)
    fromIp: Mapped[str] = mapped_column(Text)
    fromPage: Mapped[str] = mapped_column(Text)
    fromStaff: Mapped[str] = mapped_column(Text)
    fromTitle: Mapped[str] = mapped_column(Text)
    fromType: Mapped[str] = mapped_column(Text)
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    inQueueTime: Mapped[int] = mapped_column(BigInteger)
    interaction: Mapped[int] = mapped_column(BigInteger)
    relatedId: Mapped[int] = mapped_column(BigInteger)
    relatedType: Mapped[int] = mapped_column(BigInteger)
    staffFirstReplyTime: Mapped[int] = mapped_column(BigInteger)
    sType: Mapped[str] = mapped_column(Text)
    staffId: Mapped[int] = mapped_column(BigInteger, index=True)
    staffName: Mapped[str] = mapped_column(Text)
    startTime: Mapped[int] = mapped_column(BigInteger)
    stickDuration: Mapped[int] = mapped_column(BigInteger)
    userId: Mapped[int] = mapped_column(BigInteger)
    remarks: Mapped[str] = mapped_column(Text)
    customField: Mapped[str] = mapped_column(Text)
    status: Mapped[int] = mapped_column(BigInteger)
    vipLevel: Mapped[int] = mapped_column(BigInteger)
    visitRange: Mapped[int] = mapped_column(BigInteger)
    transferRgType: Mapped[str] = mapped_column(Text)
    roundNumber: Mapped[int] = mapped_column(BigInteger)
    clientFirstMessageTime: Mapped[int] = mapped_column(BigInteger)
    avgRespDuration: Mapped[int] = mapped_column(BigInteger)
    isValid: Mapped[int] = mapped_column(BigInteger)
    humanTransferSessionId: Mapped[int] = mapped_column(BigInteger)
    transferFromStaffName: Mapped[str] = mapped_column(Text)
    transferFromGroup: Mapped[str] = mapped_column(Text)
    transferRemarks: Mapped[str] = mapped_column(Text)
    staffMessageCount: Mapped[int] = mapped_column(BigInteger)
    userMessageCount: Mapped[int] = mapped_column(BigInteger)
    transferType: Mapped[str] = mapped_column(Text)
    overflowFrom: Mapped[str] = mapped_column(Text)
    isStaffInvited: Mapped[str] = mapped_column(Text)
    treatedTime: Mapped[int] = mapped_column(BigInteger)
    fromHumanTransfer: Mapped[int] = mapped_column(BigInteger)
    firstReplyCost: Mapped[int] = mapped_column(BigInteger)
    categoryDetail: Mapped[str] = mapped_column(Text)
    isEvaluationInvited: Mapped[int] = mapped_column(BigInteger)
    beginer: Mapped[int] = mapped_column(BigInteger)
    ender: Mapped[int] = mapped_column(BigInteger)
    originPlatform: Mapped[str] = mapped_column(Text)
    searchKey: Mapped[str] = mapped_column(Text)
    landPage: Mapped[str] = mapped_column(Text)
