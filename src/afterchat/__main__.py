"""`python -m afterchat` is the command `afterchat`."""

from __future__ import annotations

from afterchat.cli import main

if __name__ == "__main__":
    main()
