"""What names say of what is meant; for rules that are likely, not certain."""

from __future__ import annotations

import re
from collections.abc import Sequence

FORMS = (
    r"d_?{}",
    r"g_?{}",
    r"{}_?bar",
    r"{}_?grad",
    r"grad_?{}",
    r"{}_?ct",
    r"ct_?{}",
    r"{}_?g",
    r"{}_?cotangent",
    r"cotangent_?{}",
    r"bar_?{}",
    r"d[a-zA-Z]?_?d{}",
)
"""How people name the cotangent of a parameter."""


def parameter_of(name: str, parameters: Sequence[str]) -> str | None:
    """The one parameter whose cotangent a name is made of; None when there is none, or more than one."""
    found = [
        parameter
        for parameter in parameters
        if any(re.fullmatch(form.format(re.escape(parameter)), name) for form in FORMS)
    ]
    return found[0] if len(found) == 1 else None
