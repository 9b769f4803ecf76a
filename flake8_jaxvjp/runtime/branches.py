"""Whether the code of a rule can tell concrete values from traced ones at all, and so do another thing under `jit`.

For that Python has to look at a value: branch on it, catch what it raises, or ask for its type. Most rules do nothing
of the kind, in themselves or in the functions of their own file that they call, and need not be run a second time.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Iterator
from types import CodeType
from typing import Any

from flake8_jaxvjp.runtime.places import code_of
from flake8_jaxvjp.runtime.subject import Subject

ASKING = frozenset({"isinstance", "type", "hasattr", "getattr", "callable", "Tracer", "item", "tolist", "numpy", "np"})
FUNCTIONS_AT_MOST = 50


def looks_at_values(subject: Subject) -> bool:
    """Whether the rule may behave otherwise under `jit`; True where its code cannot be seen."""
    return any(code is None or _asks(code) for code in _codes(subject))


def named_in(subject: Subject) -> frozenset[str]:
    """The names of globals and attributes in the code of the function and its rule, as far as it can be seen."""
    return frozenset(name for code in _codes(subject) if code is not None for name in code.co_names)


def _codes(subject: Subject) -> Iterator[CodeType | None]:
    """The code of function and rule and of what they call in their own file; None for what cannot be seen."""
    pending = [one for one in (subject.primal, subject.forward, subject.backward) if one is not None]
    seen: set[CodeType] = set()
    while pending:
        function = pending.pop()
        code = code_of(function)
        if code is None or len(seen) > FUNCTIONS_AT_MOST:
            yield None
            return
        if code in seen:
            continue
        seen.add(code)
        codes = list(_with_inner(code))
        yield from codes
        pending += _called(function, codes)


def _with_inner(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner(constant)


def _asks(code: CodeType) -> bool:
    if not ASKING.isdisjoint(code.co_names):
        return True
    return any(
        instruction.opname.startswith(("POP_JUMP", "JUMP_IF", "SETUP_FINALLY", "PUSH_EXC_INFO"))
        for instruction in dis.get_instructions(code)
    )


def _called(function: Any, codes: list[CodeType]) -> Iterator[Any]:
    """Functions of the same file that are named in the code, or that it closes over."""
    inner = inspect.unwrap(getattr(function, "func", function))
    place = codes[0].co_filename
    names = {name for code in codes for name in code.co_names}
    found = [getattr(inner, "__globals__", {}).get(name) for name in names]
    for cell in getattr(inner, "__closure__", None) or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:
            continue
    for one in found:
        code = code_of(one) if callable(one) else None
        if code is not None and code.co_filename == place:
            yield one
