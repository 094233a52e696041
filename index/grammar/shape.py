"""The shape of a tree: what is not said twice, what stands outside, and how deep it goes. May import: tree."""

from __future__ import annotations

from index.grammar.tree import (
    MUST,
    MUST_NOT,
    SHOULD,
    Both,
    Either,
    Node,
    Part,
    Within,
    Without,
    both,
    either,
    narrows,
    without,
)

DEPTH_MAX = 20
"""Nodes within nodes that are kept; deeper ones stand beside each other."""


def must(part: Part) -> Part:
    """The part, insisted on; what must not be stays so."""
    return part.replace(role=MUST) if part.role == SHOULD else part


def as_node(parts: list[Part]) -> Node:
    """The parts as one node, all of which is asked."""
    return both([without(part.node) if part.role == MUST_NOT else part.node for part in parts])


def finished(part: Part) -> list[Part]:
    """The part with its role where it belongs: on the outside, and one part for each thing asked."""
    node, role = _trimmed(part.node, DEPTH_MAX), part.role
    if isinstance(node, Without):
        return finished(Part(node.node, MUST if role == MUST_NOT else MUST_NOT))
    if isinstance(node, Both) and role != MUST_NOT:
        return [outer for one in node.nodes for outer in finished(Part(one, MUST))]
    return [Part(node, MUST if role == SHOULD and narrows(node) else role)]


def _trimmed(node: Node, levels: int) -> Node:
    """The node with at most so many levels of nodes together; what lies deeper stands side by side."""
    if isinstance(node, Without):
        return without(_trimmed(node.node, levels))
    if isinstance(node, Within):
        return Within(node.field, _trimmed(node.node, levels))
    if not isinstance(node, Both | Either):
        return node
    join = both if isinstance(node, Both) else either
    if levels > 1:
        return join([_trimmed(one, levels - 1) for one in node.nodes])
    return join([leaf for one in node.nodes for leaf in _side_by_side(one)])


def _side_by_side(node: Node) -> list[Node]:
    if isinstance(node, Both | Either):
        return [leaf for one in node.nodes for leaf in _side_by_side(one)]
    inner = node.node if isinstance(node, Without | Within) else None
    if inner is None or not _is_together(inner):
        return [node]
    leaves = _side_by_side(inner)
    return [Within(node.field, leaf) for leaf in leaves] if isinstance(node, Within) else leaves


def _is_together(node: Node) -> bool:
    return isinstance(node, Both | Either) or (isinstance(node, Without | Within) and _is_together(node.node))
