"""`python -m fork_server`: runs modules as `python -m` would, each in a process of its own, with the imports done.

Starting Python, flake8 and libcst takes longer than linting a small file, so hundreds of files that are each linted
truly alone would take minutes. One request a line on stdin (JSON), one answer a line on stdout: the exit code, or minus
the signal.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import signal
import sys
import traceback
from typing import Any

MEMORY = 3 * 1024**3


def limit_memory() -> None:
    """No lint of one file needs three gigabytes; without a limit a mistake here would take the machine down."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def run(request: dict[str, Any]) -> int:
    """In the child: the module as __main__, with its output in files and an alarm as guard against hanging."""
    signal.alarm(request["seconds"])
    limit_memory()
    os.chdir(request["folder"])
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    sys.argv = [request["module"], *request["arguments"]]
    try:
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    except SystemExit as error:
        return int(error.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    import flake8.main.cli  # noqa: F401  each child would import these again
    import libcst  # noqa: F401
    import pycodestyle  # noqa: F401
    import pyflakes.checker  # noqa: F401

    import flake8_jaxvjp.checker  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if not child:
            code = run(json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
