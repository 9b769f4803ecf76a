"""`pytest --jaxvjp`: verify, at the end of a run, each derivative rule that the tests called, on what it really got.

A light module, because pytest imports it in every run in which the package is installed: JAX and the checks are
imported only when the option is given. With pytest-xdist each worker watches its own tests; at the end of its work it
asks the controller for each rule that it saw, so that each is verified once over all workers, also on other machines,
and hands its reports to the controller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flake8_jaxvjp.runtime.session import Session

NAME = "jaxvjp"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup(NAME, "hand-written JAX derivative rules")
    group.addoption("--jaxvjp", action="store_true", help="verify each derivative rule that the tests call")
    group.addoption("--jaxvjp-nuts", action="store_true", help="also let NumPyro's NUTS sample through each rule")
    parser.addini("jaxvjp_all", "verify rules of installed packages too, not only those of the project", type="bool")


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--jaxvjp") or config.getoption("collectonly", False):
        return
    from flake8_jaxvjp.runtime.requirements import missing

    if missing():
        raise pytest.UsageError(f"--jaxvjp: {missing()}")
    from flake8_jaxvjp.runtime.session import Session

    config.pluginmanager.register(Plugin(Session(config)), f"{NAME}-session")


class Plugin:
    """The hooks of a run in which the option is given."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def pytest_sessionstart(self) -> None:
        self._session.watch()

    @pytest.hookimpl(optionalhook=True)  # of pytest-xdist, which need not be installed
    def pytest_configure_node(self, node: Any) -> None:
        """On the controller of pytest-xdist: what a worker must know."""
        self._session.tell_worker(node)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._session.verify() and session.exitstatus in {0, 5}:
            session.exitstatus = 1

    @pytest.hookimpl(optionalhook=True)  # of pytest-xdist, which need not be installed
    def pytest_testnodedown(self, node: Any) -> None:
        self._session.hear_worker(node)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        self._session.summarise(terminalreporter)
