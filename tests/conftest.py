"""Settings that have to be made before any test module is imported."""

from __future__ import annotations

import os

# Tests that run JAX give the same figures on every machine only on the CPU.
os.environ["JAX_PLATFORMS"] = "cpu"
