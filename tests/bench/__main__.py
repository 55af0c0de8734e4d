"""Runs one bench by name: ``python -m tests.bench train``."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.bench
from tests.bench.rounds import header


def main(argv: list[str]) -> int:
    """Runs the bench that ``argv`` names, or lists them all; 2 for an unknown name."""
    names = [found.name for found in pkgutil.iter_modules(tests.bench.__path__)]
    benches = [name for name in names if name not in ("__main__", "loops", "minimal", "rounds")]
    if not argv or argv[0] not in benches:
        for name in benches:
            print(f"{name:12s} {importlib.import_module(f'tests.bench.{name}').TITLE}")
        return 2 if argv else 0
    bench = importlib.import_module(f"tests.bench.{argv[0]}")
    print(header(bench.TITLE))
    bench.main(argv[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
