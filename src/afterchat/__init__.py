"""afterchat: both ends of the session-end push, done right.

Only the public names stand here; the rooms are described in ARCHITECTURE.md.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
