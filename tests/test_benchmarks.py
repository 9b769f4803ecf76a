"""The benchmarks' own parts: unpacking what was downloaded, the list of known findings, edits at exact places."""

from __future__ import annotations

import ast
import io
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

if str(Path(__file__).parents[1]) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import corpus, fixing, known, packages, speed, synthetic, unresolved
from benchmarks.linting import Found
from benchmarks.mutants import signatures
from benchmarks.mutants.catalogue import EVERY
from benchmarks.mutants.edits import Edit, Source, apply
from benchmarks.mutants.targets import targets
from benchmarks.mutants.trial import CAUGHT, FALSE_ALARM, QUIET, Task, new_findings, run_task
from mutation_samples import SAMPLES


def zip_of(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_unpack_takes_python_files_only(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "a.whl", {"p/a.py": "a = 1\n", "p/data.txt": "no", "p/b/": "", "c.py": "c = 1\n"})
    packages.unpack(archive, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file()) == ["a.py", "c.py"]


@pytest.mark.parametrize("name", ["../evil.py", "/evil.py", "a/../../evil.py", "a\\..\\evil.py", "c:/evil.py"])
def test_unpack_refuses_members_that_point_outside(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "a.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = 2
        tar.addfile(member, io.BytesIO(b"1\n"))
    with pytest.raises(packages.PackageError, match="outside"):
        packages.unpack(archive, tmp_path / "out")
    assert not list(tmp_path.rglob("evil.py"))


def test_unpack_passes_over_links(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    with tarfile.open(archive, "w") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            member = tarfile.TarInfo(f"link{kind.decode()}.py")
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member)
    packages.unpack(archive, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_pins_are_exact(tmp_path: Path) -> None:
    assert all(package.version for package in packages.read_pins(corpus.PINS))
    loose = tmp_path / "loose.txt"
    loose.write_text("jax>=1  # too loose\n", encoding="utf-8")
    with pytest.raises(packages.PackageError, match="not pinned"):
        packages.read_pins(loose)


def test_known_findings_name_pinned_packages() -> None:
    pinned = {(package.name, package.version) for package in packages.read_pins(corpus.PINS)}
    for place in known.read_known():
        assert (place.package, place.version) in pinned
        assert place.line > 0
        assert place.code.startswith("VJP")


def test_an_entry_without_a_proof_is_refused(tmp_path: Path) -> None:
    listed = tmp_path / "known.toml"
    place = 'package = "p"\nversion = "1"\nfile = "p/a.py"\nline = 3\ncode = "VJP101"\n'
    listed.write_text(f'[[finding]]\n{place}why = "one too few"\nproof = " "\n', encoding="utf-8")
    with pytest.raises(ValueError, match="proof"):
        known.read_known(listed)


def results_with(*found: Found) -> list[corpus.PackageResult]:
    result = corpus.PackageResult(packages.Package("p", "1"))
    result.findings.extend(("p/a.py", each) for each in found)
    return [result]


def test_corpus_judges_by_place(capsys: pytest.CaptureFixture[str]) -> None:
    place = known.Place("p", "1", "p/a.py", 3, "VJP101")
    proven = {place: known.KnownFinding(place, "one too few", "run it")}
    assert corpus.judge(results_with(Found(3, 4, "VJP101", "it")), proven, every=False)
    assert not corpus.judge(results_with(Found(4, 4, "VJP101", "it")), proven, every=False)
    assert not corpus.judge(results_with(), proven, every=False), "a proven finding that is lost is a failure"
    assert corpus.judge(results_with(), {}, every=False)
    failed = results_with()
    failed[0].crashes.append(("p/a.py", "ValueError"))
    assert not corpus.judge(failed, {}, every=False)
    assert "unknown p-1/p/a.py:4:5: VJP101 it" in capsys.readouterr().out


def test_reasons_are_counted_together() -> None:
    assert unresolved.kind_of("return: call of imported a") == unresolved.kind_of("return: call of imported b")
    assert unresolved.kind_of("return: a sequence of unknown length") == "return: a sequence of unknown length"


def test_edits_count_bytes_and_may_not_overlap() -> None:
    source = Source('"ä", x = 1\n'.replace('"ä", x', 'ä = "äö"; x'))
    statement = source.tree.body[1]
    assert source.of(statement) == "x = 1"
    assert apply(source, [source.replace(statement, "y = 2")]) == 'ä = "äö"; y = 2\n'
    with pytest.raises(ValueError, match="overlap"):
        apply(source, [Edit(0, 3, ""), Edit(2, 4, "")])


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("a, b", {2}),
        ("a, b=1", {1, 2}),
        ("a, /, b, *, c=1", {2}),
        ("a, *rest", {1, 2, 3, 4}),
        ("a, *, b", set()),
        ("", {0}),
    ],
)
def test_what_a_parameter_list_accepts(text: str, accepted: set[int]) -> None:
    function = ast.parse(f"def f({text}): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert {count for count in range(5) if signatures.accepts(function.args, count)} == accepted


def test_findings_that_only_moved_are_not_new() -> None:
    before = [Found(3, 0, "VJP101", "it"), Found(9, 0, "VJP101", "it")]
    after = [Found(5, 0, "VJP101", "it"), Found(11, 0, "VJP101", "it"), Found(12, 0, "VJP101", "it")]
    assert new_findings(before, after) == [Found(12, 0, "VJP101", "it")]


def test_every_kind_applies_to_a_sample_and_gives_valid_python() -> None:
    sources = [Source(text) for text in SAMPLES.values()]
    for mutation in EVERY:
        texts = [mutant.text for source in sources for each in targets(source) for mutant in mutation.mutants(each)]
        assert texts, mutation.name
        for text in texts:
            compile(text, mutation.name, "exec", dont_inherit=True)


def test_a_trial_counts_what_the_linter_says(tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text(SAMPLES["two_arguments"], encoding="utf-8")
    same, (trial,) = run_task(Task(path, ("last_entry_dropped", "none", "list_display")))
    assert same == path
    assert (trial.unused, trial.unresolved, trial.primal) == ("", "", "product")
    assert {each.kind: each.verdict for each in trial.outcomes} == {
        "last_entry_dropped": CAUGHT,
        "none": CAUGHT,
        "list_display": QUIET,
    }
    assert FALSE_ALARM not in {each.verdict for each in trial.outcomes}


def test_a_fix_is_counted_for_what_it_came_to(tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text(SAMPLES["two_arguments"], encoding="utf-8")
    found = dict(fixing.verdicts(path, 1, unsafe=False))
    assert found["concatenated"] == fixing.RESTORED
    assert found["last_entry_dropped"] == fixing.UNTOUCHED
    assert fixing.WRONG not in found.values()


def test_synthetic_rules_are_right_and_as_many_as_asked() -> None:
    from flake8_jaxvjp.checker import analyse_source

    for same_names in (False, True):
        analysis = analyse_source(synthetic.rules(5, same_names=same_names), "synthetic.py")
        assert analysis.findings == ()
        assert len(analysis.sites) == 5
    assert abs(synthetic.with_lines(300).count("\n") - 300) <= synthetic.RULE.count("\n")
    assert "jax" not in synthetic.PLAIN


def test_ratios_are_of_pairs() -> None:
    measured = speed.Measured((1.0, 2.0, 4.0), (1.5, 2.0, 8.0))
    assert measured.ratio == 1.5
    assert measured.extra == 0.5
