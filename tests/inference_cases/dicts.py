"""Dicts, and how they change."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "dicts change through aliases",
        """
        d = {"x": 1}
        e = d
        e["y"] = 2
        return d
        """,
        "{'x': 1, 'y': 2}",
    ),
    case(
        "dicts change through calls",
        """
        def put(values):
            values["y"] = 2
        d = {"x": 1}
        put(d)
        return tuple(d.values())
        """,
        "(1, 2)",
    ),
    case(
        "dicts change through methods",
        """
        d = {"x": 1}
        d.update(y=2)
        e = {"x": 1}
        e.setdefault("y", 2)
        f = {"x": 1, "y": 2}
        f.pop("x")
        return d, e, f
        """,
        "(dict, dict, dict)",
    ),
    case(
        "dicts change in loops",
        """
        d = {}
        for k, v in (("x", 1), ("y", 2)):
            d[k] = v
        return tuple(d.values())
        """,
        "(1, 2)",
    ),
    case(
        "dicts change in loops over something unknown",
        """
        d = {}
        for item in items:
            d[item] = 1
        return d
        """,
        "dict",
    ),
    case(
        "dict views",
        """
        d = {"x": 1, "y": g}
        return tuple(d), tuple(d.keys()), tuple(d.values()), tuple(d.items())
        """,
        "(('x', 'y'), ('x', 'y'), (1, array), (('x', 1), ('y', array)))",
    ),
    case(
        "get and copy of a dict",
        """
        d = {"x": 1}
        e = d.copy()
        e["y"] = 2
        return d.get("x"), d.get("z"), d.get("z", 3), d
        """,
        "(1, None, 3, {'x': 1})",
    ),
    case(
        "a dict from keywords",
        'return dict(x=1, y=2), dict([("x", 1)]), dict()',
        "({'x': 1, 'y': 2}, dict, {})",
    ),
)
