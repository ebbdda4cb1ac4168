"""The reference pages are what their tables say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def maker():
    spec = importlib.util.spec_from_file_location("make_api_reference", ROOT / "tools" / "make_api_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("name", "write"), [("api.md", "api_page"), ("metrics.md", "metrics_page")])
def test_a_reference_page_is_not_stale(name, write):
    expected = getattr(maker(), write)()
    assert (ROOT / "docs" / "reference" / name).read_text("utf-8") == expected, "run python tools/make_api_reference.py"
