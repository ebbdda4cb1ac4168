"""Every test in this folder that is named after an experiment carries the marker `experiment`.

`pytest -m "not experiment"` leaves them out; the harness's own tests stay in.
"""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE and item.path.name.startswith("test_e"):
            item.add_marker(pytest.mark.experiment)
