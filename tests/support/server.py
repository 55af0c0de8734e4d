"""What the database servers of tests have in common."""

from __future__ import annotations

import socket
from urllib.parse import quote

__all__ = ["PASSWORD", "QUOTED", "free_port"]

PASSWORD = "hush/17 h@sh:%"
"""Of their users: with what a URL must spell otherwise."""
QUOTED = quote(PASSWORD, safe="")
"""As a URL spells it."""


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
