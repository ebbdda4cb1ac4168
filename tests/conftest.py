"""What holds for every test: a patient Hypothesis, no settings of the developer's own, temporary files that go again.

Fixtures that start servers stand beside the tests that use them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tree import ROOT

TIERS_LAST = ("browser", "integration", "experiments")

settings.register_profile(
    "patient",
    deadline=None,  # a busy machine is no bug
    database=None,  # a failure prints its seed; nothing is kept in the tree
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", parent=settings.get_profile("patient"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patient"))

for _name in [name for name in os.environ if name.startswith("AFTERCHAT_")]:
    del os.environ[_name]
for _name in ("LC_ALL", "LC_MESSAGES", "LANG"):
    os.environ.pop(_name, None)
os.environ["LC_ALL"] = "C.UTF-8"


@pytest.fixture(scope="session", autouse=True)
def scratch() -> Iterator[str]:
    """Temporary files of every process that tests start: one that is killed cleans up nothing, so all goes in the end.

    The tests' own stay where the system wants them (its name is found before); each cleans up after itself.
    """
    own = tempfile.gettempdir()
    with tempfile.TemporaryDirectory(prefix="afterchat-tests-", dir=own, ignore_cleanup_errors=True) as folder:
        os.environ["TMPDIR"] = folder
        yield folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes runs last, so that a slip is seen in seconds."""
    items.sort(key=lambda item: TIERS_LAST.index(tier_of(item)) if tier_of(item) in TIERS_LAST else -1)


def tier_of(item: pytest.Item) -> str:
    """Folder of the test below `tests`."""
    return item.path.relative_to(ROOT / "tests").parts[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much test there is for the code: shown, not demanded."""
    code, tests = (
        sum(path.read_text("utf-8").count("\n") for path in (ROOT / folder).rglob("*.py"))
        for folder in ("src", "tests")
    )
    terminalreporter.write_line(f"{tests} lines of test for {code} lines of code: {tests / max(code, 1):.2f}")
