"""`python -m flake8_without_plugin`: flake8 as if this project were not installed, the control of each test.

flake8 imports every plugin that is installed, and `--select` hides only what they report. So the distribution itself
is hidden from the look-up by which flake8 finds its plugins.
"""

from __future__ import annotations

import importlib.metadata
import runpy

_distributions = importlib.metadata.distributions


def _without_this_project() -> list[importlib.metadata.Distribution]:
    return [found for found in _distributions() if found.metadata["Name"] != "flake8-jaxvjp"]


if __name__ == "__main__":
    setattr(importlib.metadata, "distributions", _without_this_project)  # noqa: B010  the real one is overloaded
    runpy.run_module("flake8", run_name="__main__", alter_sys=True)
