"""Python's audit events, watched for the whole run: no network, no pickle.

An audit hook cannot be removed, so there is one, installed when this module is first imported.
"""

from __future__ import annotations

import socket
import sys

connections: list[str] = []
"""Every attempt to reach the network; each was refused with :class:`NetworkUsed`."""

unpickled: list[str] = []
"""Every object that an unpickler looked up, as ``module.name``."""


class NetworkUsed(RuntimeError):
    """A test tried to reach the network."""


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "pickle.find_class":
        unpickled.append(".".join(map(str, arguments)))
    elif event == "socket.getaddrinfo":
        _refuse(f"name look-up of {arguments[0]}")
    elif event == "socket.connect":
        family = getattr(arguments[0], "family", None)
        if family != getattr(socket, "AF_UNIX", None):
            _refuse(f"connection to {arguments[1]}")


def _refuse(attempt: str) -> None:
    connections.append(attempt)
    raise NetworkUsed(attempt)


sys.addaudithook(_watch)
