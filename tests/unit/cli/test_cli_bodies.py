"""Files cut into bodies without changing a byte."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.cli import bodies as bodies_module
from afterchat.cli.bodies import bodies_of
from afterchat.errors import CallerError


def bodies(data, **options):
    return list(bodies_of(io.BytesIO(data), **options))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b" \n\n", []),
        (b'{"id": 1}\n', [b'{"id": 1}']),
        (b'{"id":1}\n{"id" : 2}\r\n\n{"id":3}', [b'{"id":1}', b'{"id" : 2}', b'{"id":3}']),
        (b'\n\n{"id":1}\n{"id":2}\n', [b'{"id":1}', b'{"id":2}']),
        (b'{\n  "id": 1\n}\n', [b'{\n  "id": 1\n}']),
        (b'[{"id": 1},\n {"a":"\\u4f60"} ]', [b'{"id": 1}', b'{"a":"\\u4f60"}']),
        (b"[]", []),
        (b"\xef\xbb\xbf" + b'{"id":1}', [b'{"id":1}']),
        (b"not json\n{1}\n", [b"not json", b"{1}"]),
        ('{"a":"中"}\n'.encode("gb18030"), ['{"a":"中"}'.encode("gb18030")]),
    ],
)
def test_each_shape_gives_its_bodies(data, expected):
    assert bodies(data) == expected


def test_raw_keeps_every_byte_as_one_body():
    data = b'\xef\xbb\xbf[{"id":1}]\r\n\x00'
    assert bodies(data, is_raw=True) == [data]


@given(st.lists(st.text('ab\u4e2d \\"{}[]', min_size=1)))
def test_elements_of_an_array_keep_their_bytes(texts):
    import json

    written = [json.dumps({"id": 1, "a": text}, ensure_ascii=False).encode() for text in texts]
    assert bodies(b"[" + b" ,\n".join(written) + b"]") == written


def test_a_line_beyond_the_limit_names_the_remedy(monkeypatch):
    monkeypatch.setattr(bodies_module, "LINE_BYTES_MAX", 10)
    with pytest.raises(CallerError, match="--raw"):
        bodies(b'{"id":1}\n{"id":123456789}\n')


def test_a_document_beyond_the_limit_names_the_remedy(monkeypatch):
    monkeypatch.setattr(bodies_module, "DOCUMENT_BYTES_MAX", 10)
    with pytest.raises(CallerError, match="NDJSON"):
        bodies(b"[\n" + b" " * 30)
