"""Every check of the project, each in an environment of its own. `nox` runs them all, `nox -s lint` one of them.

An interpreter that is not installed is passed over, so that the list can name more versions than one machine has.
"""

from __future__ import annotations

import nox

nox.options.error_on_missing_interpreters = False
nox.needs_version = ">=2024.10"

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
# Where one interpreter is enough.
PYTHON = "3.11"
# The lower bounds of pyproject.toml. numpy and scipy as they were when that JAX was new.
OLDEST_JAX = ["jax==0.4.30", "jaxlib==0.4.30", "numpyro==0.15.3", "numpy<2", "scipy<1.14"]
LINTED = ["flake8_jaxvjp", "tests", "benchmarks", "noxfile.py"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests that need no JAX, with the newest flake8 and libcst."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python=["3.10", PYTHON])
def lowest(session: nox.Session) -> None:
    """The same with the oldest flake8 and libcst that pyproject.toml allows."""
    session.install("-e", ".[test]", "flake8==7.0.0", "libcst==1.8.0")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python=PYTHON)
def runtime_with_coming_rules(session: nox.Session) -> None:
    """The same with the implementation of custom_vjp that JAX has behind a flag: other objects, other messages."""
    session.install("-e", ".[test,runtime]")
    session.run("python", "-m", "pytest", "tests/runtime", *session.posargs, env={"JAX_CUSTOM_VJP3": "1"})


@nox.session(python=["3.10", "3.11"])
def runtime_oldest(session: nox.Session) -> None:
    """The tests that run rules (conformance cases, examples, NUTS) on the oldest JAX that is supported."""
    session.install("-e", ".[test]", *OLDEST_JAX)
    session.run("python", "-m", "pytest", "-m", "runtime", *session.posargs)


@nox.session(python=["3.11", "3.13"])
def runtime_newest(session: nox.Session) -> None:
    """The same on the newest JAX that this Python can have; it needs 3.12 for the newest of all."""
    session.install("-e", ".[test,runtime]", "--upgrade", "--upgrade-strategy", "eager")
    session.run("python", "-m", "pytest", "-m", "runtime", *session.posargs)


@nox.session(python=PYTHON)
def published_rules(session: nox.Session) -> None:
    """Right rules of published packages: none may be called wrong. Those of JAX and NumPyro run elsewhere too."""
    packages = "optax equinox lineax optimistix jaxopt ott-jax jax-md flax distrax e3nn-jax".split()
    session.install("-e", ".[test,runtime,report]", "jax==0.10.2", *packages)
    session.run("python", "-m", "pytest", "tests/runtime/test_right_rules.py", *session.posargs)


@nox.session(python=PYTHON)
def relatives(session: nox.Session) -> None:
    """The rules that Equinox and Flax attach to functions, by their own contracts, with these packages installed."""
    session.install("-e", ".[test,runtime,relatives]")
    session.run("python", "-m", "pytest", "tests/test_rule_cases.py", "-k", "wrappers", *session.posargs)


@nox.session(python=PYTHON)
def coverage(session: nox.Session) -> None:
    """Branch coverage of the package by the tests that need no JAX; fails below the figure in pyproject.toml."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", "-m", "not runtime", "--cov", "--cov-report=term", *session.posargs)


@nox.session(python=PYTHON)
def clients(session: nox.Session) -> None:
    """The tests that run pre-commit, an editor's server and notebook tools; pre-commit installs the hooks by itself."""
    session.install("-e", ".[test,clients]")
    session.run("python", "-m", "pytest", "-m", "clients", "-n0", *session.posargs)


@nox.session(python=PYTHON)
def lint(session: nox.Session) -> None:
    """ruff, and the project's own flake8 configuration with the plugin.

    The examples are left out of the second: their findings are what they are there for.
    """
    session.install("-e", ".", "ruff")
    session.run("ruff", "check", ".")
    session.run("python", "-m", "flake8", *LINTED)


@nox.session(python=PYTHON)
def mypy(session: nox.Session) -> None:
    session.install("-e", ".[test]", "mypy", "nox")
    session.run("mypy")


@nox.session(python=PYTHON)
def docs(session: nox.Session) -> None:
    """Build the documentation; a broken reference is an error."""
    session.install("-e", ".[docs]")
    session.run("sphinx-build", "-W", "--keep-going", "-q", "docs", session.create_tmp())
