"""The lines of ``events.jsonl``, each sealed so that a damaged one is noticed.

A line is a JSON object whose last key, ``crc``, holds the CRC-32 of the rest of it, started from
that of the line before: one flipped bit, a lost line or two exchanged ones break the chain. The
seal of the last line is kept in ``run.json`` when the run ends, so that a cut is noticed as well.
It is a guard against decay, not against people: who may write the file can seal it anew.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field

__all__ = ["Lines", "seal", "unseal"]

_SEALED = re.compile(rb'(\{.*), "crc": "([0-9a-f]{8})"\}', re.DOTALL)


@dataclass(slots=True)
class Lines:
    """What a file held: whole lines as JSON objects without their seal, in order.

    ``damaged`` counts the places where the chain is broken; ``last`` is the seal of the last line,
    ``""`` when there is none.
    """

    bodies: list[bytes] = field(default_factory=list)
    damaged: int = 0
    last: str = ""


def seal(body: bytes, before: str) -> tuple[bytes, str]:
    """The line for a JSON object, and its seal; ``before`` is the seal of the line before."""
    crc = f"{zlib.crc32(body, int(before or '0', 16)):08x}"
    return body[:-1] + f', "crc": "{crc}"}}\n'.encode("ascii"), crc


def unseal(data: bytes, last: str = "") -> Lines:
    """Reads a whole file; ``last`` is the seal that its last line must have, where it is known.

    A torn line, which a killed process leaves at the end or before the run was resumed, is no
    damage. Files without any seal, from before there were seals, are taken as they are.
    """
    found = Lines()
    torn = sealed = False
    for line in filter(None, data.split(b"\n")):
        match = _SEALED.fullmatch(line)
        if match is None:
            torn = True
            if not sealed:
                found.bodies.append(line)
            continue
        body, crc = match[1] + b"}", match[2].decode("ascii")
        right = seal(body, found.last)[1] == crc
        found.damaged += not right
        if right or torn:  # after a line without a seal, it was that one which was damaged
            found.bodies.append(body)
        found.last, torn, sealed = crc, False, True
    if last and found.last != last:
        found.damaged += 1
    return found
