"""What somebody may ask who sees only masked values: a filter over what is masked would show it. Pure.

    foreign_id=13800138000      refused: whoever asks for every number has the number
    remarks_not=                taken: whether there is a remark is seen anyway

Rules
- A condition on a masked field is refused, but for "is empty" and "is not empty".
- Full text is refused altogether: it looks into remarks, and finding or not finding is an answer.
- Groups by a masked field are refused where the group's name is the value; pages are groups by masked address, but
  their links to the sessions behind them would be such filters, and are left out (`shows_pairs`).
- The same words for every refusal, whatever the value: it is never compared.

What does not belong here: what is masked, and how (`masking`).
"""

from __future__ import annotations

from collections.abc import Iterable

from afterchat.access.errors import MaskedFilterError
from afterchat.access.masking import class_of, is_masked, masked_value
from afterchat.access.roles import Right, Rights
from afterchat.contract.personal import Personal
from afterchat.contract.record import FIELDS
from afterchat.query.filters import Condition

__all__ = ["group_label", "may_group", "refuse_masked_question", "shows_pairs"]

_BLANKS = frozenset({"", 0})
_FIELD_NAMES = frozenset(field.name for field in FIELDS)


def refuse_masked_question(conditions: Iterable[Condition], search: str | None, rights: Rights) -> None:
    """Raises MaskedFilterError, which is a FilterError, for a question that would show what these rights do not see."""
    if Right.SEE_UNMASKED in rights:
        return
    if search is not None:
        raise MaskedFilterError(
            zh="全文搜索会查找备注等个人信息，您的角色不能使用；"
            "请改用 staff_name_contains 等过滤条件，或请管理员调整角色。",
            en="Full text looks into remarks, which your role sees masked: "
            "filter by `staff_name_contains` and the like, or ask an administrator for another role.",
        )
    for column, operator, value in conditions:
        if _is_of_masked(column, rights) and not _asks_for_blank(operator, value):
            raise MaskedFilterError(
                zh=f"{column} 属于个人信息，您的角色只能按是否为空过滤："
                f"{column}= 或 {column}_not=；或请管理员调整角色。",
                en=f"`{column}` is personal and masked for your role: only `{column}=` and `{column}_not=` (empty or "
                "not) can be asked; or ask an administrator for another role.",
            )


def may_group(fields: Iterable[str], rights: Rights) -> bool:
    """Whether these rights may see groups named by the values of these fields."""
    return not any(is_masked(name, rights) and class_of(name) is not Personal.PAGE for name in fields)


def group_label(fields: Iterable[str], label: str, rights: Rights) -> str:
    """The name of a group as these rights may see it."""
    for name in fields:
        label = masked_value(name, label, rights)
    return label


def shows_pairs(fields: Iterable[str], rights: Rights) -> bool:
    """Whether a group may carry the filters of its sessions, which hold unmasked values."""
    return not any(is_masked(name, rights) for name in fields)


def _is_of_masked(column: str, rights: Rights) -> bool:
    """Columns beside the record (counts, moments of arrival, twins of moments) are of the service."""
    return column in _FIELD_NAMES and is_masked(column, rights)


def _asks_for_blank(operator: str, value: object) -> bool:
    return operator in {"=", "!="} and not isinstance(value, tuple) and value in _BLANKS
