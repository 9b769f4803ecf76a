"""The codes that the runtime wing can report: what each means, how grave it is, and where the user edits.

One table, because the rule pages, the terminal, the junit and the HTML
report all read from it. A number is never used again for something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How grave a finding is. Only an ERROR makes a rule fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Place(Enum):
    """The source line on which a finding is put."""

    RETURN = "the return of the backward rule"
    BACKWARD = "the backward rule"
    FORWARD = "the forward rule"
    DEFINITION = "the defvjp call"
    FILE = "the line that failed, or the first line of the file"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding. `why` and `remedy` are the body of its rule page."""

    code: str
    name: str
    level: Level
    place: Place
    why: str
    remedy: str


def _code(number: int, name: str, level: Level, place: Place, why: str, remedy: str) -> Code:
    return Code(f"VJP{number}", name, level, place, why, remedy)


_ERROR, _WARNING, _NOTE = Level.ERROR, Level.WARNING, Level.NOTE

STRUCTURE = _code(
    901,
    "rejected-cotangents",
    _ERROR,
    Place.RETURN,
    "JAX rejects what the backward rule returns: it is not a tuple (or list), holds the wrong number of cotangents,"
    " or an entry is nested otherwise than its argument. JAX says so only while a cotangent flows back, and its"
    " message names neither the rule nor the line.",
    "Return a tuple with one cotangent for each differentiable argument, in the order of the parameters.",
)
SHAPE = _code(
    902,
    "cotangent-shape",
    _ERROR,
    Place.RETURN,
    "A cotangent has another shape than its argument. Most often an argument was broadcast in the primal, and the"
    " backward rule does not sum over the broadcast axes.",
    "Give each cotangent exactly the shape of its argument; sum over the axes along which it was broadcast.",
)
FORWARD_REJECTED = _code(
    903,
    "rejected-forward",
    _ERROR,
    Place.FORWARD,
    "The forward rule cannot be called with the arguments of the primal, raises, returns no pair, or returns"
    " residuals that JAX cannot carry to the backward rule.",
    "Give the forward rule the parameters of the primal, and return the pair (output, residuals).",
)
BACKWARD_RAISES = _code(
    904,
    "backward-raises",
    _ERROR,
    Place.BACKWARD,
    "The backward rule raises when a cotangent flows back, or cannot be called with the nondifferentiable"
    " arguments, the residuals and the cotangent.",
    "Take the nondifferentiable arguments first, then the residuals, then the cotangent.",
)
FORWARD_VALUE = _code(
    905,
    "forward-value",
    _ERROR,
    Place.FORWARD,
    "The output of the forward rule differs from the output of the primal in structure, shape, dtype or value."
    " JAX never compares the values, so that a function has another value while it is differentiated.",
    "Return the output of the primal as the first element of the pair.",
)
NOT_FINITE = _code(
    906,
    "not-finite",
    _ERROR,
    Place.RETURN,
    "A cotangent is NaN or infinite where the primal is finite and so is its true derivative.",
    "Guard the division or the power at that point, in the backward rule.",
)
WRONG_GRADIENT = _code(
    907,
    "wrong-gradient",
    _ERROR,
    Place.RETURN,
    "A cotangent is not the derivative of the primal. JAX accepts it, and so does NUTS: chains report no"
    " divergence, and do not move.",
    "Compare the entry of that argument with the derivative of the undecorated primal. A gradient that differs from the"
    " derivative on purpose is said by the comment `# jaxvjp: custom gradient` on the defvjp line, or by"
    ' `expect_gradient="custom"` in a test.',
)
BLOCKED = _code(
    908,
    "gradient-blocked",
    _WARNING,
    Place.RETURN,
    "The backward rule returns None (no cotangent) for an argument on which the primal does depend, so that its"
    " gradient is zero. This is right for data that nobody differentiates, and wrong for a parameter.",
    "Return the cotangent. Where the argument is data, put it into nondiff_argnums, or leave it as it is.",
)
MISSING = _code(
    915,
    "missing-cotangent",
    _ERROR,
    Place.RETURN,
    "The backward rule returns None (no cotangent) for an argument on which the primal does depend, and a test"
    " differentiates with respect to it, or asks for it: the gradient that it gets is zero, without a word from JAX.",
    "Return the cotangent. Where zero is meant, say so: `verify_vjp(f, x, y, data=('y',))`, or the comment"
    " `# jaxvjp: custom gradient` on the defvjp call.",
)
NONLINEAR = _code(
    909,
    "nonlinear-in-cotangent",
    _ERROR,
    Place.RETURN,
    "What the backward rule returns is no linear function of the cotangent that it gets: it ignores it, adds to it,"
    " or is not zero for a zero cotangent. The gradient of 3 * f is then not three times that of f."
    " A custom_jvp must be linear in its tangents; what it adds to them shows in forward mode only.",
    "Multiply each entry by the cotangent, once.",
)
DTYPE = _code(
    910,
    "cotangent-dtype",
    _ERROR,
    Place.RETURN,
    "A cotangent has another dtype than its argument. JAX does not check it; the program fails later, where the"
    " gradient is added to another, as NUTS does.",
    "Cast the cotangent to the dtype of the argument.",
)
TRANSFORMATION = _code(
    911,
    "transformation-fails",
    _ERROR,
    Place.BACKWARD,
    "The rule works when it is called eagerly and fails under jit, vmap, scan or checkpoint. NUTS always traces.",
    "Use jax.numpy and lax.cond instead of numpy, float() and if on values.",
)
TRANSFORMED_VALUE = _code(
    912,
    "transformation-changes-value",
    _ERROR,
    Place.BACKWARD,
    "The rule gives another gradient under jit or vmap than without.",
    "Look for state that outlives a call, for shapes taken from a batch, and for a custom_vmap rule.",
)
LEAK = _code(
    913,
    "leaked-tracer",
    _ERROR,
    Place.FORWARD,
    "The forward or backward rule keeps a tracer beyond its own call: in a global, a default or an attribute.",
    "Pass what the backward rule needs through the residuals.",
)
OUTSIDE = _code(
    914,
    "wrong-where-guessed",
    _WARNING,
    Place.RETURN,
    "With arguments that were guessed, a cotangent is right where all arguments are positive and wrong where some are"
    " not, for symmetric matrices and wrong for others, or for small values only; or it is not finite where several"
    " arguments are huge at once, or a matrix is singular. Either the rule is wrong there, or the function is not meant"
    " for such values.",
    "Give an example: `# jaxvjp: x=f32[3] > 0` for a function of positive values, `x=f32[3]` for any.",
)
NUTS_INITIALISATION = _code(
    920,
    "nuts-cannot-start",
    _ERROR,
    Place.DEFINITION,
    "NumPyro finds no valid initial parameters for a model around the rule, or fails while it traces the model.",
    "Look at the other findings of this rule first; then at the gradient where the chain starts.",
)
LEAPFROG = _code(
    921,
    "leapfrog-order",
    _ERROR,
    Place.DEFINITION,
    "The energy error of the leapfrog integrator does not fall with the step size as a right gradient makes it fall:"
    " fourfold for each halving. This needs no reference gradient.",
    "The gradient is not the derivative of the value: look at the cotangent of each argument.",
)
NUTS_STUCK = _code(
    922,
    "nuts-does-not-move",
    _ERROR,
    Place.DEFINITION,
    "A short NUTS chain accepts nothing, stays where it is, or uses the longest trajectory at each draw.",
    "The gradient is wrong or the example is badly scaled: look at the other findings of this rule first.",
)
NUTS_DIFFERS = _code(
    923,
    "nuts-draws-differ",
    _ERROR,
    Place.DEFINITION,
    "The same model with the same key gives other draws with the rule than with the undecorated primal.",
    "The gradient is not the derivative of the value: look at the cotangent of each argument.",
)
NOT_VERIFIED = _code(
    930,
    "not-verified",
    _NOTE,
    Place.DEFINITION,
    "No example arguments were found for the rule, so that nothing was checked.",
    "Write an example on the defvjp line or above it: `# jaxvjp: x=f32[3], n=4`.",
)
NO_RULE = _code(
    931,
    "no-rule",
    _ERROR,
    Place.DEFINITION,
    "A function is decorated as a custom_vjp or custom_jvp and no rule is defined for it: each call raises.",
    "Call defvjp (or defjvp) with its rules, or remove the decorator.",
)
DELIBERATE = _code(
    940,
    "deliberate-gradient",
    _NOTE,
    Place.DEFINITION,
    "The gradient differs from the derivative of the primal in a way that is known as deliberate: straight-through,"
    " clipping, masking, scaling, reversal. The rule is `by design`, which is counted apart: it is not passed.",
    'Nothing to do; `expect_gradient="custom"` says so in a test.',
)
NO_GRADIENT = _code(
    941,
    "no-gradient-declared",
    _NOTE,
    Place.BACKWARD,
    "The forward or the backward rule only raises an exception, or asserts False: it says that there is no gradient."
    " The rule is `by design`, which is counted apart: it is not passed.",
    "Nothing to do.",
)
IMPORT_FAILED = _code(
    950,
    "import-failed",
    _ERROR,
    Place.FILE,
    "The file raises while it is imported, often in the defvjp call itself.",
    "Look at the exception in the message.",
)
CALL_FAILED = _code(
    951,
    "call-failed",
    _ERROR,
    Place.FILE,
    "The function that was to be called on the watched rules raised, or there is none of that name, or no such model.",
    "Look at the message: it holds the exception, or the functions of the file.",
)
PROCESS = _code(
    952,
    "process-ended",
    _ERROR,
    Place.FILE,
    "The process that verifies the file crashed, exited, or was ended at a limit of time or memory.",
    "Look for an endless loop or recursion (a backward rule that differentiates its own function), or raise the limit.",
)
CHECKER_FAILED = _code(
    959,
    "checker-failed",
    _NOTE,
    Place.DEFINITION,
    "A check itself failed with an exception that is not the rule's. Nothing is said about the rule.",
    "Please report it.",
)

# What a gradient can be blamed for by its values alone, and what to say where it is meant to have others.
OF_VALUES = frozenset(code.code for code in (NOT_FINITE, WRONG_GRADIENT, NONLINEAR, LEAPFROG, NUTS_DIFFERS))
ON_PURPOSE = (
    "If the gradient differs from the derivative on purpose, say so: `# jaxvjp: custom gradient` on the defvjp line,"
    ' or verify_vjp(..., expect_gradient="custom").'
)

CODES: tuple[Code, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Code))
BY_CODE: dict[str, Code] = {code.code: code for code in CODES}
