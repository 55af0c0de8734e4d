"""Measurements, each a ratio against a named contestant on the same work in the same run.

``python -m tests.bench`` lists them, ``python -m tests.bench NAME`` runs one. A bench is a module
of this package with ``TITLE`` (one line) and ``main(argv: list[str]) -> None``.
"""
