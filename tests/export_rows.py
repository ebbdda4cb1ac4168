"""Sessions as Hypothesis makes them up: any field may hold anything that its type allows."""

from __future__ import annotations

from hypothesis import strategies as st

from afterchat.contract.record import FIELDS, CustomField, blank_record
from afterchat.store.ports import SessionRow

MOMENT_MS = 1_760_000_000_000
INT64 = st.integers(-(2**63), 2**63 - 1)
WRITABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
FORMULA_LIKE = st.tuples(
    st.sampled_from(["", " ", "\u00a0", "\ufeff", "a\n", "\r\n"]),
    st.sampled_from("=+-@\t'＝＋－＠"),
    WRITABLE,
).map("".join)
TEXTS = WRITABLE | FORMULA_LIKE
NEAR_MOMENTS = st.integers(MOMENT_MS - 400 * 86_400_000, MOMENT_MS + 400 * 86_400_000)
NUMBERS = st.sampled_from([-1, 0, 1, 2, 3, 5, 25, 50, 75, 100]) | NEAR_MOMENTS | INT64
CUSTOM = st.lists(st.builds(CustomField, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple)
_OF_TYPE = {int: NUMBERS, str: TEXTS | NEAR_MOMENTS.map(str), tuple: CUSTOM}

RECORDS = st.fixed_dictionaries({}, optional={field.name: _OF_TYPE[field.type] for field in FIELDS}).map(
    lambda values: blank_record(**values)
)
ROWS = st.builds(
    SessionRow,
    tenant=st.sampled_from(["default", "acme", "=1+1"]),
    inbox_id=st.integers(1, 2**63 - 1),
    signed_at=st.integers(0, 2**40),
    arrived_at=NEAR_MOMENTS,
    revision_count=st.integers(1, 9),
    problems=st.lists(TEXTS, max_size=2).map(tuple),
    record=RECORDS,
)
BATCHES = st.lists(ROWS, min_size=1, max_size=4)
