"""Nasty files through real flake8: whatever flake8 survives without the plugin, it survives with it.

Each file goes through flake8 alone, then in one run with others and with a plain file behind it, whose finding must
not be lost; those of many thousand lines go alone with the plain file, once. No test asserts a time: the timeouts only
keep a hanging linter from hanging the tests.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nasty import HEADER, RIGHT, WRONG, Nasty, nasty_files
from nasty.base import nasty
from real_flake8 import Outcome, Server, flake8

FILES = nasty_files()
PLAIN = nasty("plain", HEADER + RIGHT + WRONG)
CHUNK = 15
LONG = [(file,) for file in FILES if file.is_long]
SHORT = tuple(file for file in FILES if not file.is_long)
CHUNKS = LONG + [SHORT[start : start + CHUNK] for start in range(0, len(SHORT), CHUNK)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("nasty")
    for file in FILES:
        (folder / file.filename).write_bytes(file.data)
    for number in range(CHUNK):
        (folder / f"plain{number}.py").write_bytes(PLAIN.data)
    server = Server(folder)
    yield server
    server.close()


def alone(server: Server, file: Nasty) -> Outcome:
    return server.run([file.filename])


def control(server: Server, file: Nasty) -> Outcome:
    return server.run([file.filename], module="flake8_without_plugin")


def agree(file: Nasty, outcome: Outcome) -> list[str]:
    """What is wrong with the findings in a file that Python parsed, in words."""
    places = {finding.place for finding in outcome.findings}
    missed = sorted(file.expected - places)
    false_alarms = [finding for finding in outcome.findings if finding.line not in file.allowed]
    outside = [finding for finding in outcome.findings if not inside(file, finding.line, finding.column)]
    return [f"missed {place}" for place in missed] + [
        *(f"false alarm {finding}" for finding in false_alarms),
        *(f"outside the text {finding}" for finding in outside),
    ]


def inside(file: Nasty, line: int, column: int) -> bool:
    """Whether a place (as flake8 prints it, columns from 1) lies in the file; a latin-1 reading is the longest."""
    lines = file.data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").decode("latin-1").split("\n")
    return 1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1


@pytest.mark.parametrize("file", SHORT, ids=lambda file: file.name)
def test_alone(server: Server, file: Nasty) -> None:
    outcome = alone(server, file)
    if file.fragile and not outcome.survived:
        assert not control(server, file).survived, outcome.stderr[-2_000:]
        return
    assert outcome.survived, (outcome.code, outcome.stderr[-2_000:])
    if outcome.rejections or not file.accepted:
        # A SyntaxError out of the plugin would show as E999 too: flake8 without the plugin must say the same.
        assert outcome.rejections == control(server, file).rejections
        assert not outcome.findings
        assert file.fragile or not file.accepted
    else:
        assert agree(file, outcome) == []


@pytest.mark.parametrize("file", [file for file in FILES if file.fragile], ids=lambda file: file.name)
def test_engine_survives_what_flake8_does_not(server: Server, file: Nasty) -> None:
    outcome = server.run([file.filename], module="engine_alone", options=())
    assert outcome.survived, (outcome.code, outcome.stderr[-2_000:])
    if outcome.rejections:
        assert not outcome.findings
    else:
        assert agree(file, outcome) == []


@pytest.mark.parametrize("files", CHUNKS, ids=lambda files: files[0].name)
def test_together_with_a_plain_file(server: Server, files: tuple[Nasty, ...]) -> None:
    survivors = [file for file in files if not file.fragile or control(server, file).survived]
    names = [name for number, file in enumerate(survivors) for name in (file.filename, f"plain{number}.py")]
    outcome = flake8(["--jobs=1", *names], server.folder)
    if not outcome.survived:
        culprits = [file.name for file in survivors if not server.run([file.filename, "plain0.py"]).survived]
        pytest.fail(f"flake8 did not survive {culprits or 'the sum of them'}: {outcome.stderr[-2_000:]}")
    for number, file in enumerate(survivors):
        plain = outcome.of(f"plain{number}.py")
        assert {finding.place for finding in plain.findings} == PLAIN.expected, f"lost after {file.name}"
        here = outcome.of(file.filename)
        if not here.rejections:
            assert agree(file, here) == [], file.name


def test_the_control_has_no_plugin(server: Server) -> None:
    assert {finding.place for finding in server.run(["plain0.py"]).findings} == PLAIN.expected
    without = server.run(["plain0.py"], module="flake8_without_plugin")
    assert without.survived
    assert not without.reported


@pytest.mark.parametrize("module", ["flake8", "flake8_without_plugin"])
def test_a_process_of_its_own_says_the_same(server: Server, module: str) -> None:
    """The fork server is a short cut: it must not be seen in what is printed."""
    for arguments in (["plain0.py"], ["broken_open_bracket.py"], ["empty.py"], ["no_such_file.py"]):
        assert server.run(arguments, module=module) == flake8(arguments, server.folder, module=module)


def test_there_are_many_and_each_has_its_name() -> None:
    assert len(FILES) >= 60
    assert len({file.name for file in FILES}) == len(FILES)
    assert sum(bool(file.expected) for file in FILES) >= 60
    assert sum(file.accepted and not file.wrong for file in FILES) >= 5
    assert sum(file.rejected for file in FILES) >= 30
