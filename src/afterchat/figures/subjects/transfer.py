"""Sessions that moved from one staff to another."""

from __future__ import annotations

from afterchat.figures.definition import Figure
from afterchat.figures.measures import Count, Share
from afterchat.figures.rows import Population, one_of
from afterchat.figures.subjects.sessions import RECEIVED

__all__ = ["FIGURES"]

_IN = Population(
    "transferred_in",
    "由客服转接而来的会话（fromHumanTransfer 为 1）",
    "sessions transferred here by staff (fromHumanTransfer 1)",
    ("from_human_transfer",),
    lambda rows: rows.numbers("from_human_transfer") == 1,
)
_SILENT_IN = Population(
    "silently_transferred_in",
    "因静默转接而来的会话（transferType 为静默转接）",
    "sessions transferred here because staff stayed silent (transferType 静默转接)",
    ("transfer_type",),
    lambda rows: rows.is_any("transfer_type", ("静默转接",)),
)
_OUT = Population(
    "transferred_out",
    "转接给其他客服的会话（closeReason 为 5 或 9）",
    "sessions transferred to other staff (closeReason 5 or 9)",
    ("close_reason",),
    lambda rows: one_of(rows.numbers("close_reason"), 5, 9),
)
_SILENT_OUT = Population(
    "silently_transferred_out",
    "因客服静默而被转走的会话（closeReason 为 9）",
    "sessions taken away because staff stayed silent (closeReason 9)",
    ("close_reason",),
    lambda rows: rows.numbers("close_reason") == 9,
)
_TAKEN_OVER = Population(
    "taken_over",
    "被接管的会话（closeReason 为 6）",
    "sessions taken over (closeReason 6)",
    ("close_reason",),
    lambda rows: rows.numbers("close_reason") == 6,
)

FIGURES = (
    Figure("transfers_in", "转入", "Transfers in", Count(RECEIVED, _IN)),
    Figure("transfers_in_share", "转入率", "Transfers in, share", Share(RECEIVED, _IN)),
    Figure("silent_transfers_in", "静默转入", "Silent transfers in", Count(RECEIVED, _SILENT_IN)),
    Figure("transfers_out", "转出", "Transfers out", Count(RECEIVED, _OUT)),
    Figure("transfers_out_share", "转出率", "Transfers out, share", Share(RECEIVED, _OUT)),
    Figure("silent_transfers_out", "静默转出", "Silent transfers out", Count(RECEIVED, _SILENT_OUT)),
    Figure("silent_transfers_out_share", "静默转出率", "Silent transfers out, share", Share(RECEIVED, _SILENT_OUT)),
    Figure("taken_over", "被接管", "Taken over", Count(RECEIVED, _TAKEN_OVER)),
)
