"""`python -m flake8_jaxvjp` is the `jaxvjp` command."""

from __future__ import annotations

import sys

from flake8_jaxvjp.cli import main

sys.exit(main())
