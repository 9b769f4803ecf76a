"""The examples of one rule, from the first source that has any."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from flake8_jaxvjp.runtime.inputs.hints import HintError, arguments_of, hint_at
from flake8_jaxvjp.runtime.inputs.search import search
from flake8_jaxvjp.runtime.places import Site
from flake8_jaxvjp.runtime.subject import Subject, parameter_names

Example = tuple[str, tuple[Any, ...]]


def choose(
    subject: Subject, site: Site | None, text: str, module: ModuleType, registered: Sequence[tuple[Any, ...]],
    observed: Sequence[tuple[Any, ...]],
) -> tuple[list[Example], str]:
    """Examples as (source, arguments), and why there are none if there are none."""
    if observed:
        return [("observed", arguments) for arguments in observed], ""
    hint = hint_at(text, site.line, site.end_line) if site is not None else ""
    if hint:
        try:
            return [("hint", arguments_of(hint, subject.primal, module))], ""
        except HintError as error:
            return [], str(error)
    if registered:
        return [("registry", arguments) for arguments in registered], ""
    fit = search(subject)
    if fit is not None:
        return [(fit.source, fit.arguments)], ""
    names = ", ".join(f"{name}=f32[3]" for name in parameter_names(subject.primal, _count(subject)))
    return [], f"no arguments were found that fit; add an example, as `# jaxvjp: {names}`"


def _count(subject: Subject) -> int:
    from flake8_jaxvjp.runtime.inputs.annotations import signature_parameters

    return len(signature_parameters(subject.primal) or ()) or 1
