"""What a call gives: of a local function, a bound one, a pullback, a library function, a method."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from flake8_jaxvjp.inference import builtin_calls, library
from flake8_jaxvjp.inference.access import items_of
from flake8_jaxvjp.inference.building import join, sequence_of, tuple_of, with_origin
from flake8_jaxvjp.inference.library_names import ARRAY_METHODS
from flake8_jaxvjp.inference.memory import capped
from flake8_jaxvjp.inference.operators import Failure
from flake8_jaxvjp.inference.signatures import Arguments
from flake8_jaxvjp.inference.state import join_states, merge
from flake8_jaxvjp.inference.structures import as_arrays, cotangent_like, named_tuple
from flake8_jaxvjp.inference.values import (
    NONE,
    NUMBER,
    OTHER,
    Bound,
    Builtin,
    Choice,
    Class,
    Constant,
    CustomJvp,
    CustomVjp,
    Function,
    Instance,
    Key,
    Leaf,
    Library,
    Mapping,
    Method,
    Operation,
    Origin,
    Pullback,
    Reference,
    Sequence,
    Unknown,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    from flake8_jaxvjp.inference.interpreter import Interpreter
    from flake8_jaxvjp.inference.state import State

BUILTINS = builtin_calls.NAMES
COMPILED = frozenset({"jax.jit", "jax.vmap", "equinox.filter_jit", "flax.nnx.jit"})
"""Wrappers after which a Python number comes back as an array."""


PASSED_AS_PYTREES = COMPILED | {"jax.checkpoint", "equinox.filter_checkpoint", "jax.custom_batching.custom_vmap"}
"""Wrappers that give the function copies of its lists and dicts, and the caller copies of what it returns."""


CACHES = frozenset({"functools.cache", "functools.lru_cache"})


def call(interpreter: Interpreter, function: Value, arguments: Arguments, state: State, node: cst.CSTNode) -> Value:
    """The value of `function(*arguments)`; a call that surely raises is a fault at `node`."""
    interpreter.spend()
    match function:
        case Choice(options=choices):
            # None among others (an import that failed) would raise, so it does not count.
            callables = tuple(choice for choice in choices if not isinstance(choice, Constant)) or choices
            return _call_any(interpreter, callables, arguments, state, node)
        case Function():
            return interpreter.call_function(function, arguments, state)
        case Bound(function=inner, arguments=positional, keywords=keywords):
            return call(interpreter, inner, arguments.with_bound(positional, keywords), state, node)
        case Wrapped(function=inner, by=by):
            is_copied = by in PASSED_AS_PYTREES
            given = _copied(interpreter, arguments, state) if is_copied else arguments
            value = call(interpreter, inner, given, state, node)
            if is_copied:
                value = interpreter.through_jax(value, state)
            if by in CACHES:
                interpreter.escape(value, state)  # the next call gives the same list
            if by == "jax.numpy.vectorize":  # on numbers alone it calls the function as it is
                return join(value, as_arrays(interpreter.freeze(value, state)))
            return as_arrays(value) if by in COMPILED else value
        case CustomVjp(function=inner) | CustomJvp(function=inner):
            return _custom(interpreter, function, inner, arguments, state, node)
        case Library(name=name):
            return _library(interpreter, name, arguments, state, node)
        case Operation():
            return library.second_call(interpreter, function, arguments, state, node)
        case Builtin(name=name):
            return builtin_calls.call(interpreter, name, arguments, state, node)
        case Method(receiver=receiver, name=name):
            return _method(interpreter, receiver, name, arguments, state)
        case Class():
            return _construct(interpreter, function, arguments, state)
        case Instance(of=cls) if isinstance(method := cls.member("__call__"), Function):
            return call(interpreter, Bound(method, (function,)), arguments, state, node)
        case _:
            return _other(interpreter, function, arguments, state, node)


def _copied(interpreter: Interpreter, arguments: Arguments, state: State) -> Arguments:
    """The arguments as JAX passes them on; those that are static are no lists and dicts, for they are hashed."""
    positional = tuple(interpreter.through_jax(value, state) for value in arguments.positional)
    keywords = {name: interpreter.through_jax(value, state) for name, value in arguments.keywords.items()}
    return replace(arguments, positional=positional, keywords=keywords)


def _custom(
    interpreter: Interpreter,
    function: CustomVjp | CustomJvp,
    inner: Value,
    arguments: Arguments,
    state: State,
    node: cst.CSTNode,
) -> Value:
    """The call of a function with rules of its own: its nondiff arguments are passed as they are, others copied."""
    has_nondiff = function.nondiff_argnums is not None or function.nondiff_argnames is not None
    given = arguments if has_nondiff else _copied(interpreter, arguments, state)
    value = interpreter.through_jax(call(interpreter, inner, given, state, node), state)
    if has_nondiff:
        for argument in (*arguments.positional, *arguments.keywords.values()):
            interpreter.escape(argument, state)
    return value


def _call_any(
    interpreter: Interpreter, choices: tuple[Value, ...], arguments: Arguments, state: State, node: cst.CSTNode
) -> Value:
    """The call of one of several functions, each with its own effects on lists and dicts."""
    results: list[Value] = []
    ends: list[State] = []
    known, faults = interpreter.faults, []
    for choice in choices:
        inside = state.fork()
        interpreter.faults = []
        results.append(call(interpreter, choice, arguments, inside, node))
        faults.append(interpreter.faults)
        ends.append(inside)
    interpreter.faults = known
    if all(faults):  # with some of them it goes well
        known.extend(fault for fault in faults[0] if fault not in known)
    after = join_states(ends)
    if after is not None:
        state.take_heap(after)
    return merge(results, state.heap)


def _other(interpreter: Interpreter, function: Value, arguments: Arguments, state: State, node: cst.CSTNode) -> Value:
    match function:
        case Pullback():
            return _pullback(interpreter, function, arguments, node)
        case Sequence() | Constant(kind="NoneType" | "int" | "float" | "bool"):
            return interpreter.report(node, Failure("call", function))
        case Leaf(origin=origin) if function.kind == "jax" or (origin is not None and origin.source == "primal output"):
            return interpreter.report(node, Failure("call", function))
        case Unknown(origin=origin) if origin is not None and origin.source == "primal output":
            interpreter.report(node, Failure("call", function))
    for value in (*arguments.positional, *arguments.keywords.values()):
        interpreter.escape(value, state)
    reason = function.reason if isinstance(function, Unknown) else ""
    return Unknown(f"call of {reason}" if reason and not reason.startswith("call of") else reason or "a call")


def _library(interpreter: Interpreter, name: str, arguments: Arguments, state: State, node: cst.CSTNode) -> Value:
    result = library.call(interpreter, name, arguments, state, node)
    if isinstance(result, Failure):
        return interpreter.report(node, result)
    for value in (*arguments.positional, *arguments.keywords.values()):
        # A function may be called by the library, any number of times.
        if isinstance(result, Unknown) or isinstance(value, (Function, Method, Bound)):
            interpreter.escape(value, state)
    return result


def _pullback(interpreter: Interpreter, pullback: Pullback, arguments: Arguments, node: cst.CSTNode) -> Value:
    if arguments.exact and (len(arguments.positional) != 1 or arguments.keywords):
        detail = (len(arguments.positional), tuple(arguments.keywords))
        return interpreter.report(node, Failure("pullback arguments", pullback, detail))
    if pullback.primals is None:
        return with_origin(sequence_of("tuple"), "pullback result")
    entries = tuple(cotangent_like(primal) for primal in pullback.primals)
    return with_origin(tuple_of(*entries), "pullback result")


def _method(interpreter: Interpreter, receiver: Value, name: str, arguments: Arguments, state: State) -> Value:
    match receiver:
        case Reference(key=key, is_dict=False):
            return _list_method(interpreter, key, name, arguments, state)
        case Reference() if name in ("keys", "values", "items", "get", "copy"):
            return _method(interpreter, interpreter.contents(receiver, state), name, arguments, state)
        case Leaf(kind="jax" | "array" as kind) if name in ARRAY_METHODS:
            return Leaf(kind)
        case Mapping(items=pairs) if pairs is not None and name == "copy":
            return interpreter.new_dict(pairs, state)
        case Mapping(items=pairs) if pairs is not None and name == "get" and arguments.exact:
            return _get(dict(pairs), arguments)
        case Mapping(items=pairs) if pairs is not None and name in ("values", "keys", "items"):
            keys = [Constant(type(key).__name__, key) for key, _ in pairs]
            rows: dict[str, list[Value]] = {
                "keys": list(keys),
                "values": [value for _, value in pairs],
                "items": [tuple_of(key, value) for key, (_, value) in zip(keys, pairs, strict=True)],
            }
            return Sequence("iterator", tuple(rows[name]), 0, name=f"dict.{name}()")
        case Mapping() if name in ("values", "keys", "items"):
            return Sequence("iterator", None, name=f"dict.{name}()")
        case Leaf(origin=Origin(source="continuous")) if name in ("expand", "to_event"):
            return receiver  # a distribution of NumPyro
        case Sequence(kind="tuple" | "list") if name in ("index", "count"):
            return NUMBER
        case Sequence(kind="namedtuple") if name == "_replace":
            return Sequence("namedtuple", None, receiver.at_least, None, receiver.fields, receiver.name)
        case Constant(kind="str") if name in ("split", "rsplit", "splitlines"):
            return sequence_of("list")
        case Constant(kind="str") if name in ("partition", "rpartition"):
            return tuple_of(OTHER, OTHER, OTHER)
        case Constant(kind="str"):
            return OTHER
    interpreter.escape(receiver, state)
    for value in (*arguments.positional, *arguments.keywords.values()):
        interpreter.escape(value, state)
    return Unknown(f"the method {name}")


def _get(pairs: dict[Key, Value], arguments: Arguments) -> Value:
    """`d.get(key, default)`; of an unknown key, any of the values."""
    default = arguments.get(1, "default") or NONE
    match arguments.get(0, "key"):
        case Constant(value=key):
            return pairs.get(key, default)
    return join(*pairs.values(), default)


def _list_method(interpreter: Interpreter, key: int, name: str, arguments: Arguments, state: State) -> Value:
    items = items_of(interpreter.contents(Reference(key), state))
    given = arguments.positional
    if items is None or not arguments.exact or arguments.keywords:
        for value in (*given, *arguments.keywords.values()):
            interpreter.escape(value, state)
        return _lose_list(state, key, name)
    match name, given:
        case "append", (value,):
            state.heap[key] = capped((*items, value))
            return NONE
        case "extend", (value,):
            extra = items_of(interpreter.contents(value, state))
            state.heap[key] = None if extra is None else capped((*items, *extra))
            return NONE
        case "insert", (Constant(value=int(index)), value):
            changed = list(items)
            changed.insert(index, value)
            state.heap[key] = capped(tuple(changed))
            return NONE
        case "reverse", ():
            state.heap[key] = items[::-1]
            return NONE
        case "pop", () if items:
            state.heap[key] = items[:-1]
            return items[-1]
        case "pop", (Constant(value=int(index)),) if -len(items) <= index < len(items):
            changed = list(items)
            popped = changed.pop(index)
            state.heap[key] = tuple(changed)
            return popped
        case "copy", ():
            return interpreter.new_list(items, state)
        case "index" | "count", _:
            return NUMBER
    return _lose_list(state, key, name)


def _lose_list(state: State, key: int, name: str) -> Value:
    state.heap[key] = None
    return NONE if name in ("append", "extend", "insert", "reverse", "sort", "clear", "remove") else Unknown("a list")


def _construct(interpreter: Interpreter, cls: Class, arguments: Arguments, state: State) -> Value:
    if cls.fields is not None:
        return named_tuple(cls.node.name.value, cls.fields, arguments, cls.is_closed)
    for value in (*arguments.positional, *arguments.keywords.values()):
        interpreter.escape(value, state)
    is_plain = all((isinstance(base, Class) and base.fields is None) or base == Builtin("object") for base in cls.bases)
    is_plain = is_plain and cls.member("__new__") is None
    return Instance(cls) if is_plain and not cls.node.keywords else Unknown(f"an object of {cls.node.name.value}")
