"""The examples of one rule, from the first source that has any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from flake8_jaxvjp.runtime.inputs.annotations import candidates, signature_parameters
from flake8_jaxvjp.runtime.inputs.hints import HintError, arguments_of, hint_at
from flake8_jaxvjp.runtime.inputs.owners import owner_name
from flake8_jaxvjp.runtime.inputs.search import Fit, search
from flake8_jaxvjp.runtime.places import Site
from flake8_jaxvjp.runtime.subject import Subject, parameter_names

CUSTOM = "custom gradient"
# A rule that fails for so many kinds of arguments, and goes with none, is wrong and not written for others.
KINDS_FOR_BLAME = 3
Example = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Choice:
    """Examples as (source, arguments), why there are none if there are none, and what the search found if it did.

    `positive` are the positions of arguments of which the function takes positive values only.
    """

    examples: tuple[Example, ...] = ()
    why: str = ""
    fit: Fit | None = None
    positive: frozenset[int] = frozenset()


def choose(
    subject: Subject,
    site: Site | None,
    text: str,
    module: ModuleType,
    registered: Sequence[tuple[Any, ...]],
    observed: Sequence[tuple[Any, ...]],
) -> Choice:
    """Examples from the first source that has any."""
    if observed:
        return Choice(tuple(("observed", arguments) for arguments in observed))
    hint, _ = hint_of(site, text)
    if hint:
        try:
            given = arguments_of(hint, subject.primal, module)
            return Choice((("hint", given.arguments),), positive=given.positive)
        except HintError as error:
            return Choice(why=str(error))
    if registered:
        return Choice(tuple(("registry", arguments) for arguments in registered))
    fit = search(subject)
    if isinstance(fit, Fit):
        # The second word is for `verify`: what fails for a guess is blamed on the rule only with more evidence.
        sure = fit.grade == 3 or (fit.count >= KINDS_FOR_BLAME and not subject.static and fit.source == "search")
        return Choice(((fit.source if sure else f"{fit.source}, unsure", fit.arguments),), fit=fit)
    names = ", ".join(_suggested(subject))
    why = f" (it raises {fit})" if fit else ""
    return Choice(why=f"no arguments were found that fit{why}; add an example, as `# jaxvjp: {names}`")


def hint_of(site: Site | None, text: str) -> tuple[str, bool]:
    """The example in the hint of a site, and whether the hint says that the gradient is a custom one."""
    hint = hint_at(text, site.line, site.end_line) if site is not None else ""
    example, _, rest = hint.partition(";") if ";" in hint else (hint, "", "")
    if example.strip() == CUSTOM:
        return "", True
    return example.strip(), rest.strip() == CUSTOM


def _suggested(subject: Subject) -> Iterator[str]:
    """A hint to be filled in: arrays, and numbers and words where the name or the annotation asks for them."""
    parameters = signature_parameters(subject.primal) or ()
    names = parameter_names(subject.primal, len(parameters) or 1)
    for index, name in enumerate(names):
        if index == 0 and name == "self" and owner_name(subject.primal):
            yield f"self={owner_name(subject.primal)}(...)"
            continue
        known = candidates(parameters[index], index in subject.static, {})[0] if index < len(parameters) else []
        plain = bool(known) and (known[0] is None or isinstance(known[0], (bool, int, float, str)))
        yield f"{name}={known[0]!r}" if plain else f"{name}=f32[3]"
