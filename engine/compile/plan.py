"""What is built from a graph, known without torch: the submodules' names, and which overwrite."""

from __future__ import annotations

import keyword
from typing import Final

from engine.graph.records import Graph, Node
from engine.layers.base import Layer

__all__ = ["RESERVED", "fitting_in_place", "module_names"]

RESERVED: Final = frozenset(
    word
    for line in (
        "add_module add_submodule apply bfloat16 buffers call_super_init children code compile",
        "cpu cuda delete_all_unused_submodules delete_submodule double dump_patches eval",
        "extra_repr float forward get_buffer get_extra_state get_parameter get_submodule graph",
        "half ipu load_state_dict meta modules mtia named_buffers named_children named_modules",
        "named_parameters parameters print_readable recompile register_backward_hook",
        "register_buffer register_forward_hook register_forward_pre_hook",
        "register_full_backward_hook register_full_backward_pre_hook",
        "register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module",
        "register_parameter register_state_dict_post_hook register_state_dict_pre_hook",
        "requires_grad_ self set_extra_state set_submodule shape_env share_memory state_dict to",
        "to_empty to_folder train training type xpu zero_grad",
    )
    for word in line.split()
)
"""What a torch module has for itself; a test compares it with the installed torch."""


def module_names(graph: Graph) -> dict[str, str]:
    """The submodule's name of each node: its id, with ``_`` after what Python or torch needs."""
    taken = set(graph.by_id)
    names = {}
    for name in graph.by_id:
        free = name
        while keyword.iskeyword(free) or free in RESERVED:
            free += "_"
            while free in taken:
                free += "_"
        taken.add(free)
        names[name] = free
    return names


def fitting_in_place(graph: Graph, node: Node) -> Layer:
    """The node's layer, not in place where overwriting its input would spoil another result.

    Safe is an input that nobody else reads and that its maker's backward pass does not need.
    """
    layer = node.layer
    if not getattr(layer, "inplace", False):
        return layer
    feeders = [graph.by_id[wire.source] for wire in graph.arriving(node.id)]
    safe = all(f.layer.overwritable and len(graph.leaving(f.id)) == 1 for f in feeders)
    return layer if safe else layer.with_(inplace=False)
