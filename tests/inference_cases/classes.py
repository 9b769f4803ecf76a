"""Classes and their objects."""

from __future__ import annotations

from inference_cases.base import case

CASES = (
    case(
        "methods",
        "return Box().pair(1)",
        "(1, object of Box)",
        before="""
        class Box:
            def pair(self, a):
                return a, self
        """,
    ),
    case(
        "static and class methods",
        "return Box.one(1), Box().one(2), Box.two(3), Box().two(4)",
        "((1,), (2,), (3, 3), (4, 4))",
        before="""
        class Box:
            @staticmethod
            def one(a):
                return (a,)

            @classmethod
            def two(cls, a):
                return a, a
        """,
    ),
    case(
        "attributes of a class",
        "return Box.size, Box().size",
        "(?, ?)",
        before="""
        class Box:
            size = (1, 2)
        """,
    ),
    case(
        "attributes set from elsewhere",
        "return Box.size",
        "?",
        before="""
        class Box:
            size = (1, 2)

        Box.size = 3
        """,
    ),
    case(
        "attributes of an object",
        "return Box(1).value",
        "?",
        before="""
        class Box:
            def __init__(self, value):
                self.value = value
        """,
    ),
    case(
        "inherited methods",
        "return Child().pair(), Child().own()",
        "((1, 2), (1, 2))",
        before="""
        class Base:
            def pair(self):
                return 1, 2

        class Child(Base):
            def own(self):
                return self.pair()
        """,
    ),
    case(
        "an overridden method",
        "return Child().pair()",
        "(3,)",
        before="""
        class Base:
            def pair(self):
                return 1, 2

        class Child(Base):
            def pair(self):
                return (3,)
        """,
    ),
    case(
        "a class of another file",
        "return Child().pair()",
        "?",
        before="""
        import collections

        class Child(collections.UserDict):
            def pair(self):
                return 1, 2
        """,
    ),
    case(
        "a property",
        "return Box().pair",
        "?",
        before="""
        class Box:
            @property
            def pair(self):
                return 1, 2
        """,
    ),
    case(
        "a call of an object",
        "return Box()(1)",
        "(1, 1)",
        before="""
        class Box:
            def __call__(self, a):
                return a, a
        """,
    ),
    case(
        "a jitted method",
        "return Box().pair(1.0)",
        "(array, array)",
        before="""
        class Box:
            @partial(jax.jit, static_argnums=0)
            def pair(self, a):
                return a, 2
        """,
    ),
    case(
        "a dataclass",
        "return Box(1, 2)",
        "object of Box",
        before="""
        import dataclasses

        @dataclasses.dataclass
        class Box:
            a: int
            b: int
        """,
    ),
    case(
        "a decorated class",
        "return Box()",
        "?",
        before="""
        def other_class(cls):
            return lambda: (1, 2)

        @other_class
        class Box:
            pass
        """,
    ),
    case(
        "a class with its own new",
        "return Box()",
        "?",
        before="""
        class Box:
            def __new__(cls):
                return (1, 2)
        """,
    ),
    case(
        "a class with a metaclass",
        "return 1 if Box else (2,)",
        "(2,) | 1",
        before="""
        class Meta(type):
            def __bool__(cls):
                return False

        class Box(metaclass=Meta):
            pass
        """,
    ),
    case(
        "a subclass of tuple and list",
        "return Pair((1, 2)), Many()",
        "(?, ?)",
        before="""
        class Pair(tuple):
            pass

        class Many(list):
            pass
        """,
    ),
    case(
        "a class in a function",
        """
        class Box:
            size = 2
            def pair(self):
                return (None,) * self.size
        return Box().pair()
        """,
        "tuple[...]",
    ),
    case(
        "the body of a class",
        "return Box.values",
        "?",
        before="""
        class Box:
            values = ()
            for i in range(2):
                values += (i,)
        """,
    ),
    case(
        "names of a class are not seen in its methods",
        "return Box().read()",
        "(1, 2)",
        before="""
        value = (1, 2)

        class Box:
            value = 3
            def read(self):
                return value
        """,
    ),
    case(
        "an enum",
        """
        import enum
        class Mode(enum.Enum):
            ONE = 1
        return 1 if Mode.ONE == 1 else (2,)
        """,
        "(2,) | 1",
    ),
)
