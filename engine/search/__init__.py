"""Which settings a search varies, and between which values: a part of the project."""

from engine.search.records import EMPTY, Searched, SearchSpace

__all__ = ["EMPTY", "SearchSpace", "Searched"]
