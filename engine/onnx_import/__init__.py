"""ONNX files as models that can be edited, with their weights.

``reading`` turns a file into plain values, ``trace`` runs its operators on names instead of
numbers, which draws the graph, and ``importing`` joins the two. Three things keep it short: sizes
that a file computes are computed (``folding``), reshapes and transposes are followed as one
rearrangement of values until a layer needs them (``views``), and activations are recognised by
what they compute (``curves``).
"""

from engine.onnx_import.importing import Imported, import_onnx

__all__ = ["Imported", "import_onnx"]
