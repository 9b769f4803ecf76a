"""Notebooks and code in documents: what is read, and where a finding stands."""

from __future__ import annotations

import json
import textwrap

import pytest

from command.samples import BAD, BAD_LINE, HEADER, RIGHT, WRONG, notebook, rule
from flake8_jaxvjp.command.linting import Request, lint_bytes
from flake8_jaxvjp.command.notebooks import read_notebook
from flake8_jaxvjp.command.results import FileResult

DOCS = Request(docs=True)


def lint(text: str, name: str, request: Request = DOCS) -> FileResult:
    return lint_bytes(text.encode(), name, name, request)


def places(result: FileResult) -> list[str]:
    assert result.error == ""
    return [finding.place for finding in result.findings]


class TestNotebooks:
    def test_cells_are_one_module_in_order(self) -> None:
        text = notebook(HEADER, rule(RIGHT, "g"), rule())
        assert places(lint(text, "a.ipynb")) == ["a.ipynb:cell 3:12:12"]

    @pytest.mark.parametrize(
        "cell",
        [
            "%matplotlib inline\n", "!pip install jax \\\n  numpyro\n", "files = !ls\nx = 1", "a, b = %time 3\n",
            "jax?\n", "?jax\n", "%%bash\nif then\n", "%%html\n<p>\n", "%%time\nx = 1\n",
            "if True:\n    %time 1\n    !ls\n", "await thing()\n", "x = (1\n  % 2)\n", "",
            "async with x as y:\n    pass\n", "text = '''\n!not a command\n'''\n",
        ],
    )  # fmt: skip
    def test_what_is_not_python_is_kept_out_of_the_way(self, cell: str) -> None:
        text = notebook(HEADER, cell, rule())
        assert places(lint(text, "a.ipynb")) == ["a.ipynb:cell 3:12:12"]

    def test_a_rule_may_stand_under_a_magic(self) -> None:
        text = notebook(HEADER, "%%time\n%config x\n" + rule() + "!ls")
        assert places(lint(text, "a.ipynb")) == ["a.ipynb:cell 2:14:12"]

    def test_a_cell_that_is_broken_is_named_and_the_others_are_read(self) -> None:
        result = lint(notebook(HEADER, "def f(:\n", rule()), "a.ipynb")
        assert [finding.place for finding in result.findings] == ["a.ipynb:cell 3:12:12"]
        assert result.error == "cannot be parsed in cell 2"

    def test_sources_may_be_one_string_and_comments_silence(self) -> None:
        value = json.loads(notebook(HEADER, rule(WRONG + "  # noqa: VJP102"), rule(name="h")))
        for cell in value["cells"]:
            cell["source"] = "".join(cell["source"])
        assert places(lint(json.dumps(value), "a.ipynb")) == ["a.ipynb:cell 3:12:12"]

    def test_a_notebook_of_another_language_is_not_read(self) -> None:
        assert places(lint(notebook(HEADER, rule()).replace('"python"', '"julia"'), "a.ipynb")) == []

    @pytest.mark.parametrize(
        "text",
        [
            "", "{", "[]", "{}", '{"cells": 1}', '{"cells": [] x', '{"cells" 1}', '{"a": nope}', '{"cells": [,]}',
            '{1: 2}', '{"cells": []} defvjp', "[" * 100_000,
        ],
        ids=range(12),
    )  # fmt: skip
    def test_what_is_no_notebook_is_told(self, text: str) -> None:
        result = lint(text, "a.ipynb")
        assert result.findings == ()
        assert result.error.startswith("is no notebook")

    def test_strange_cells_are_passed_over(self) -> None:
        cells = [1, {}, {"cell_type": "code"}, {"cell_type": "code", "source": [1]}, {"cell_type": "raw"}]
        text = json.dumps({"cells": cells, "metadata": 1, "x": [True, None, -1.5e3, {}]})
        assert places(lint(text, "a.ipynb")) == []

    def test_strings_know_their_place_in_the_file(self) -> None:
        raw = notebook("x = 'ä\\n\"'\n", "y = 2\n").replace("ä", "\\u00e4", 1)
        book = read_notebook(raw.encode())
        assert [cell.text for cell in book.cells] == ["x = 'ä\\n\"'\n", "y = 2\n"]
        for cell in book.cells:
            for piece in cell.pieces:
                assert json.loads(raw[piece.start : piece.end]) == piece


def fenced(code: str, info: str = "python", indent: str = "") -> str:
    return textwrap.indent(f"```{info}\n{code}```\n", indent)


class TestDocuments:
    def test_markdown_blocks(self) -> None:
        text = f"# Title\n\n{fenced(HEADER)}\nText.\n\n{fenced(rule())}"
        line = text.split("\n").index(f"    return {WRONG}") + 1
        assert places(lint(text, "a.md")) == [f"a.md:{line}:12"]

    @pytest.mark.parametrize(
        "info", ["python", "py", "python3", "{code-block} python", "{code-cell} ipython3", "python title=x", "Python"]
    )
    def test_languages(self, info: str) -> None:
        assert len(places(lint(fenced(BAD, info), "a.md"))) == 1

    @pytest.mark.parametrize("info", ["", "console", "text", "pythonic", "{note}", "julia"])
    def test_other_languages(self, info: str) -> None:
        assert places(lint(fenced(BAD, info), "a.md")) == []

    def test_indented_blocks_and_options(self) -> None:
        text = "- item\n\n" + fenced(":caption: x\n\n" + BAD, "{code-block} python", "  ")
        assert places(lint(text, "a.md")) == [f"a.md:{BAD_LINE + 5}:14"]

    def test_a_broken_or_open_block_is_passed_over(self) -> None:
        text = fenced("def f(...\n") + fenced(HEADER) + fenced("...\n") + fenced(rule()) + "```python\n" + BAD
        assert len(places(lint(text, "a.md"))) == 1

    def test_blocks_do_not_see_each_others_functions(self) -> None:
        """Two variants of one rule stand one below the other, and neither is judged by the other's parts."""
        head, tail = rule().split("def f_bwd")
        text = fenced(HEADER) + fenced(head) + fenced("def f_bwd" + tail)
        assert places(lint(text, "a.md")) == []

    @pytest.mark.parametrize("directive", ["code-block:: python", "code:: python", "testcode::", "sourcecode:: py"])
    def test_restructured_text(self, directive: str) -> None:
        text = f"Title\n=====\n\n.. {directive}\n   :linenos:\n\n{textwrap.indent(BAD, '   ')}\nText.\n"
        assert places(lint(text, "a.rst")) == [f"a.rst:{BAD_LINE + 6}:15"]

    def test_doctests(self) -> None:
        begins = ("import", "@", "def f1_", "f1.")
        lines = [f"{'>>>' if line.startswith(begins) else '...'} {line}" for line in BAD.split("\n") if line]
        example = "\n".join(lines)
        text = f"Text.\n\n{example}\n1\n\nMore.\n"
        line = text.split("\n").index(f"...     return {WRONG}") + 1
        assert places(lint(text, "a.rst")) == [f"a.rst:{line}:16"]
        assert places(lint(f"```python\n{text}```\n", "a.md")) == [f"a.md:{line + 1}:16"]
        source = f'def f():\n    """Text.\n\n{textwrap.indent(example, "    ")}\n    """\n'
        line = source.split("\n").index(f"    ...     return {WRONG}") + 1
        assert places(lint(source, "a.py")) == [f"a.py:{line}:20"]
        assert places(lint(source, "a.py", Request())) == []

    def test_documents_are_not_read_unless_asked(self) -> None:
        from flake8_jaxvjp.command.files import Wanted

        assert not "a.md".endswith(Wanted().endings)
        assert "a.md".endswith(Wanted(docs=True).endings)
