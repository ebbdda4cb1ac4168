"""The server that takes pushes holds nothing of what only the dashboard needs."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "afterchat.columns", "afterchat.figures", "afterchat.export")


def test_a_server_that_takes_pushes_loads_neither_arrays_nor_figures():
    program = f"import sys, afterchat.server.serve; print([one for one in {HEAVY!r} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert "[]" == done.stdout.strip()
