"""Hypothesis strategies for what crosses the wire: records, JSON that resembles them, and bytes that do not.

Rules
- `records` are exactly what `encode` takes and `decode` gives back without a problem: text without NUL and surrogates.
- The shapes come from FIELDS, so a new field is drawn without a change here.
"""

import json

from hypothesis import strategies as st

from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.contract.record import FIELDS, CustomField, blank_record

integers_of_64_bits = st.integers(INTEGER_MIN, INTEGER_MAX)

texts = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20),
    st.sampled_from(["", '":', '\\":', '" :', "\\u0000", '{"id":1}', "王小燕😀", "\u2028", "a\tb"]),
)

custom_fields = st.lists(st.builds(CustomField, field_id=texts, field_name=texts, field_value=texts), max_size=3)

_OF_TYPE = {int: integers_of_64_bits, str: texts, tuple: custom_fields.map(tuple)}

_any_field = st.sampled_from(FIELDS)

_changed_field = _any_field.flatmap(lambda field: st.tuples(st.just(field.name), _OF_TYPE[field.type]))

records = st.lists(_changed_field, max_size=12).map(lambda changes: blank_record(**dict(changes)))

json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**25), 10**25),
        st.floats(),
        st.text(max_size=10),
        st.sampled_from(["12", " 7 ", "1e3", "１２", "-1", "9" * 30, "[]", '[{"fieldId":1}]', "留言"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)

_keys = st.one_of(_any_field.map(lambda field: field.wire), st.text(max_size=6))

near_records = st.lists(st.tuples(_keys, json_values), max_size=10).map(
    lambda pairs: b"{" + b",".join(_pair(key, value) for key, value in [("id", 1), *pairs]) + b"}"
)
"""Bodies that are nearly JSON objects: any value for any field, unknown fields, keys twice, NaN."""


def _pair(key, value):
    return json.dumps(key).encode() + b":" + json.dumps(value).encode()
