"""Neovim with the recipes of docs/editors.md: the same blocks, in an editor without a screen.

Neovim 0.11 or newer has to be installed; nvim-lint is looked for in the folder that NVIM_LINT names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command.running import ROOT
from command.samples import BAD, BAD_LINE, GOOD

NVIM = shutil.which("nvim")
NVIM_LINT = os.environ.get("NVIM_LINT", "")
SHOW = """
vim.cmd("edit a.py")
local function wait(wanted)
  {look}
  vim.wait(30000, function() return (#vim.diagnostic.get(0) > 0) == wanted end, 100)
end
local out = {{}}
local function show()
  for _, one in ipairs(vim.diagnostic.get(0)) do
    table.insert(out, (one.lnum + 1) .. ":" .. (one.col + 1) .. ":" .. one.code)
  end
  table.insert(out, "shown")
end
wait(true)
show()
vim.api.nvim_buf_set_lines(0, 0, 0, false, {{ "# a line more" }})
{look}
vim.wait(5000, function()
  local found = vim.diagnostic.get(0)
  return #found > 0 and found[1].lnum == {moved}
end, 100)
show()
vim.cmd("silent %!{fix}")
wait(false)
show()
vim.list_extend(out, vim.api.nvim_buf_get_lines(0, 0, -1, false))
vim.fn.writefile(out, "out")
vim.cmd("qall!")
"""


def _version() -> tuple[int, int]:
    if NVIM is None:
        return 0, 0
    shown = subprocess.run([NVIM, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"NVIM v(\d+)\.(\d+)", shown)
    return (int(found[1]), int(found[2])) if found is not None else (0, 0)


pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(_version() < (0, 11), reason="Neovim 0.11 is not installed"),
]


def recipe(needle: str) -> str:
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    blocks = [str(text) for text in re.findall(r"^```lua\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)]
    (found,) = [text for text in blocks if needle in text]
    return found


def run(folder: Path, setup: str, look: str = "") -> list[str]:
    """The places that are shown at first, after a line more, and after the fix; and the lines of the buffer then."""
    fix = f"{sys.executable} -m flake8_jaxvjp fix --quiet -"
    (folder / "init.lua").write_text(setup, encoding="utf-8")
    (folder / "show.lua").write_text(SHOW.format(look=look, fix=fix, moved=BAD_LINE), encoding="utf-8")
    (folder / "a.py").write_text(BAD, encoding="utf-8")
    (folder / ".flake8").write_text("[flake8]\nselect = VJP\n", encoding="utf-8")
    bin_ = folder / "bin"
    bin_.mkdir()
    for name, module in {"jaxvjp": "flake8_jaxvjp", "pylsp": "pylsp", "flake8": "flake8"}.items():
        (bin_ / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n', encoding="utf-8")
        (bin_ / name).chmod(0o755)
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": paths}
    command = ["nvim", "--headless", "--clean", "-u", "init.lua", "-l", "show.lua"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=180, check=False)
    assert (folder / "out").exists(), done.stderr.decode()
    return (folder / "out").read_text(encoding="utf-8").splitlines()


EXPECTED = [
    f"{BAD_LINE}:12:VJP102", "shown", f"{BAD_LINE + 1}:12:VJP102", "shown", "shown", "# a line more",
    *GOOD.splitlines(),
]  # fmt: skip


def test_the_recipe_for_python_lsp_server(tmp_path: Path) -> None:
    pytest.importorskip("pylsp", reason="python-lsp-server is not installed (extra `clients`)")
    assert run(tmp_path, recipe("vim.lsp.enable")) == EXPECTED


@pytest.mark.skipif(not NVIM_LINT, reason="NVIM_LINT names no checkout of nvim-lint")
def test_the_recipe_for_nvim_lint(tmp_path: Path) -> None:
    setup = f"vim.opt.runtimepath:prepend([[{NVIM_LINT}]])\n" + recipe("linters.jaxvjp")
    assert run(tmp_path, setup, 'require("lint").try_lint("jaxvjp")') == EXPECTED
