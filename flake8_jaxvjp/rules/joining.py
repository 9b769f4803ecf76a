"""Calls that make one array of several, which people write for a tuple of cotangents."""

from __future__ import annotations

import libcst as cst

JOINERS = frozenset({"concatenate", "concat", "stack", "hstack", "vstack", "array", "asarray"})


def joiner(node: cst.CSTNode) -> str:
    """The name of the function that joins arrays, where a `return` or an expression is such a call."""
    value = node.value if isinstance(node, cst.Return) else node
    match value:
        case cst.Call(func=cst.Attribute(attr=cst.Name(value=name)) | cst.Name(value=name)) if name in JOINERS:
            return name
    return ""
