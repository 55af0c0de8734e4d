"""What a person who knows networks would say about a model that can be trained, but should not be.

One rule is one function under ``@rule`` in a module of ``engine.graph.advice.rules``; adding one
touches nothing else.
"""

from engine.graph.advice.base import Finding, Remedy
from engine.graph.advice.board import advise, rules

__all__ = ["Finding", "Remedy", "advise", "rules"]
