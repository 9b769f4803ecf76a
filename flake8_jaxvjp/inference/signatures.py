"""What a function's parameters are, how many positional arguments it takes, and which argument lands where.

Two questions differ: JAX counts a primal's arguments with `inspect.signature`, which follows `__wrapped__`
(`resolve_kwargs` in jax._src.api_util), but it simply calls the forward and backward rule.
"""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field

import libcst as cst

from flake8_jaxvjp.inference.building import sequence
from flake8_jaxvjp.inference.values import Bound, CustomJvp, CustomVjp, Function, Unknown, Value, Wrapped

MAX_WRAPPERS = 20


@dataclass(frozen=True)
class Parameter:
    name: str
    default: cst.BaseExpression | None = None
    annotation: cst.BaseExpression | None = None

    @property
    def is_required(self) -> bool:
        return self.default is None


@dataclass(frozen=True)
class Signature:
    """The parameters of a function; `positional_only` of `positional` come first."""

    positional: tuple[Parameter, ...]
    positional_only: int = 0
    star: str | None = None
    keyword_only: tuple[Parameter, ...] = ()
    double_star: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.positional)

    @property
    def fewest(self) -> int:
        """The fewest positional arguments that a call without keywords can have."""
        return sum(1 for parameter in self.positional if parameter.is_required)

    @property
    def most(self) -> int | None:
        return None if self.star is not None else len(self.positional)

    @property
    def required_keywords(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.keyword_only if parameter.is_required)

    def takes(self, count: int) -> bool:
        """Whether a call with this many positional arguments and nothing else is possible."""
        enough = self.fewest <= count and not self.required_keywords
        return enough and (self.most is None or count <= self.most)

    def without_first(self, count: int) -> Signature:
        """What is left when the first arguments are given: a bound method, a partial."""
        return Signature(
            self.positional[count:],
            max(0, self.positional_only - count),
            self.star,
            self.keyword_only,
            self.double_star,
        )

    def with_keywords(self, names: SequenceOf[str]) -> Signature:
        """What is left when keywords are given: the positional parameters from the first of them on need keywords."""
        index = next((i for i, parameter in enumerate(self.positional) if parameter.name in names), None)
        keyword_only = tuple(p for p in self.keyword_only if p.name not in names)
        if index is None:
            return Signature(self.positional, self.positional_only, self.star, keyword_only, self.double_star)
        later = tuple(p for p in self.positional[index:] if p.name not in names)
        return Signature(self.positional[:index], self.positional_only, None, (*later, *keyword_only), self.double_star)


def signature_of_node(node: cst.FunctionDef | cst.Lambda) -> Signature:
    params = node.params
    return Signature(
        positional=tuple(_parameter(param) for param in (*params.posonly_params, *params.params)),
        positional_only=len(params.posonly_params),
        star=params.star_arg.name.value if isinstance(params.star_arg, cst.Param) else None,
        keyword_only=tuple(_parameter(param) for param in params.kwonly_params),
        double_star=params.star_kwarg.name.value if params.star_kwarg is not None else None,
    )


def _parameter(param: cst.Param) -> Parameter:
    annotation = param.annotation.annotation if param.annotation is not None else None
    return Parameter(param.name.value, param.default, annotation)


def called_signature(value: Value) -> Signature | None:
    """The signature that a call meets, or None when it is not known."""
    for _ in range(MAX_WRAPPERS):
        match value:
            case Function(node=node):
                return signature_of_node(node)
            case Wrapped(function=inner):
                value = inner
            case Bound(function=inner, arguments=arguments, keywords=keywords):
                signature = called_signature(inner)
                if signature is None or (signature.most is not None and len(arguments) > signature.most):
                    return None
                return signature.without_first(len(arguments)).with_keywords([name for name, _ in keywords])
            case _:
                return None
    return None


def inspected_signature(value: Value) -> Signature | None:
    """The signature that `inspect.signature` shows for a primal, or None when it is not known or opaque.

    A `functools.partial` is opaque: JAX then takes the arguments as they are passed.
    """
    for _ in range(MAX_WRAPPERS):
        match value:
            case Function(node=node, signature_of=None):
                return signature_of_node(node)
            case Function(signature_of=followed) if followed is not None:
                value = followed
            case Wrapped(function=inner) | CustomVjp(function=inner) | CustomJvp(function=inner):
                value = inner
            case Bound(function=inner, arguments=arguments, keywords=(), partial=False):
                signature = inspected_signature(inner)
                return None if signature is None else signature.without_first(len(arguments))
            case _:
                return None
    return None


@dataclass(frozen=True)
class Arguments:
    """The arguments of one call; `exact` is False when a star hides how many there are.

    `hides_keywords` says that two stars hide which keywords there are.
    """

    positional: tuple[Value, ...] = ()
    keywords: dict[str, Value] = field(default_factory=dict)
    exact: bool = True
    hides_keywords: bool = False

    def get(self, index: int, name: str) -> Value | None:
        """The argument at a position or by name; None when it is not given."""
        if index < len(self.positional):
            return self.positional[index]
        return self.keywords.get(name)

    def with_bound(self, positional: tuple[Value, ...], keywords: tuple[tuple[str, Value], ...]) -> Arguments:
        together = {**dict(keywords), **self.keywords}
        return Arguments((*positional, *self.positional), together, self.exact, self.hides_keywords)


def bind(signature: Signature, arguments: Arguments) -> dict[str, Value | None] | None:
    """Each parameter's argument (None: its default); None when the call cannot be bound or is not exact."""
    if not arguments.exact:
        names = [*signature.names, *(parameter.name for parameter in signature.keyword_only)]
        stars = [name for name in (signature.star, signature.double_star) if name is not None]
        return {name: Unknown("star argument") for name in (*names, *stars)}
    bound: dict[str, Value | None] = dict.fromkeys(
        [*signature.names, *(parameter.name for parameter in signature.keyword_only)]
    )
    extra = arguments.positional[len(signature.positional) :]
    bound.update(zip(signature.names, arguments.positional, strict=False))
    if signature.star is not None:
        bound[signature.star] = sequence("tuple", extra)
    elif extra:
        return None
    for name, value in arguments.keywords.items():
        if name in bound and bound[name] is None:
            bound[name] = value
        elif signature.double_star is None:
            return None
    if signature.double_star is not None:
        bound[signature.double_star] = Unknown("keyword arguments")
    required = [p.name for p in (*signature.positional, *signature.keyword_only) if p.is_required]
    return None if any(bound[name] is None for name in required) else bound
