"""Reports without JAX: the trip through JSON, junit, the terminal table, the HTML page, the places in a file."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from flake8_jaxvjp.runtime import chains
from flake8_jaxvjp.runtime.channel import Reader
from flake8_jaxvjp.runtime.codes import CODES, Level
from flake8_jaxvjp.runtime.html import page, write_report
from flake8_jaxvjp.runtime.junit import to_junit
from flake8_jaxvjp.runtime.places import find_places
from flake8_jaxvjp.runtime.report import (
    FileReport,
    Measured,
    Remark,
    RuleReport,
    Stage,
    for_machines,
    from_json,
    to_json,
)
from flake8_jaxvjp.runtime.terminal import table

WRONG = RuleReport(
    "mul<b>",
    "custom_vjp",
    7,
    "x=f32[3]",
    "search",
    (Stage("structure", "passed"), Stage("gradient", "failed", "against & autodiff")),
    (Remark("VJP907", "the cotangent of 'x' <is> wrong", "x", 5, 4),),
    ("reverse mode",),
    0.25,
    Measured({"x": ((1.0, 2.0), (1.0, -2.0))}, (0.4, 0.2), (1e-2, 1e-2), {"x": (0.0, 1.0)}, (1.0, 2.0), (3, 7)),
)
REPORT = FileReport(
    "a.py",
    (
        WRONG,
        RuleReport("ok", "custom_vjp", stages=(Stage("structure", "passed"),)),
        RuleReport("unknown", "custom_jvp", remarks=(Remark("VJP930", "no example"),)),
    ),
    (Remark("VJP952", "ended", line=1),),
    "out\x00\x1b[0m",
    "err",
    1.0,
)


def test_a_report_survives_json() -> None:
    assert from_json(json.loads(json.dumps(to_json(REPORT)))) == REPORT


def test_json_says_verdict_and_severity() -> None:
    found = for_machines(REPORT)
    assert [rule["verdict"] for rule in found["rules"]] == ["failed", "passed", "not verified"]
    assert [one["severity"] for rule in found["rules"] for one in rule["remarks"]] == ["error", "note"]
    assert [one["severity"] for one in found["remarks"]] == ["error"]
    assert found["failed"] is True
    assert json.loads(json.dumps(found))["rules"][0]["rule"] == "mul<b>"


def test_one_lambda_is_told_from_another() -> None:
    rules = tuple(RuleReport("<lambda>", "custom_vjp", line, stages=WRONG.stages) for line in (3, 8))
    shown = table([FileReport("a.py", rules)], 1.0)
    assert "a.py::<lambda>, line 3 " in shown
    assert "a.py::<lambda>, line 8 " in shown


def test_verdicts() -> None:
    assert [rule.verdict for rule in REPORT.rules] == ["failed", "passed", "not verified"]
    warned = RuleReport("f", "custom_vjp", stages=(Stage("gradient", "passed"),), remarks=(Remark("VJP908", "None"),))
    assert warned.verdict == "in doubt"
    asked = RuleReport("f", "custom_vjp", stages=(Stage("gradient", "passed"),), remarks=(Remark("VJP930", "why"),))
    assert asked.verdict == "not verified"
    declared = RuleReport("f", "custom_vjp", remarks=(Remark("VJP941", "raises"),))
    assert declared.verdict == "by design"
    assert replace(WRONG, remarks=(*WRONG.remarks, *declared.remarks)).verdict == "failed"
    assert "1 rule in 1 file: 0 passed, 0 failed, 1 by design, 0 not" in table([FileReport("a", (declared,))], 1.0)
    shown = table([FileReport("a", (warned,))], 1.0)
    assert "1 rule in 1 file: 0 passed, 0 failed, 1 in doubt, 0 not verified" in shown
    assert FileReport("a.py", (warned,)).failed is False


def test_what_was_printed_is_shown_with_its_file() -> None:
    shown = table([FileReport("folder/a.py", (), (Remark("VJP950", "why", line=1),), "first\nsecond\n", "third")], 1.0)
    assert "    a.py, stdout: second\n    a.py, stderr: third\n" in shown


def test_junit_is_xml_whatever_was_printed() -> None:
    root = ET.fromstring(to_junit([REPORT]).encode())
    assert [case.get("name") for case in root.iter("testcase")] == ["the file", "mul<b>", "ok", "unknown"]
    assert len(list(root.iter("failure"))) == len(list(root.iter("error"))) == len(list(root.iter("skipped"))) == 1


def test_the_table_shows_findings_as_editors_want_them() -> None:
    shown = table([REPORT], 2.0)
    assert "a.py:5:5: VJP907 the cotangent of 'x' <is> wrong" in shown
    assert "a.py:7: 'mul<b>' supports reverse mode\n" in shown
    assert "3 rules in 1 file: 1 passed, 1 failed, 1 not verified, in 2.0 s" in shown


def test_the_page_is_self_contained_and_escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "available", lambda: False)
    text = page([REPORT])
    assert "mul&lt;b&gt;" in text
    assert "mul<b>" not in text
    assert "against &amp; autodiff" in text
    assert text.count("<svg") == 4
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert write_report([REPORT], tmp_path / "new").read_text(encoding="utf-8") == text


CHAIN = Measured(
    trace={"x": tuple(math.sin(3.0 * draw) for draw in range(20)), "a$b$": (1.0,) * 20},
    energy=tuple(math.cos(5.0 * draw) for draw in range(20)),
    warmup=5,
)
SAMPLED = FileReport("b.py", (replace(WRONG, measured=CHAIN), replace(WRONG, measured=CHAIN)))
# What the page says of itself once a browser has laid it out: requests made, figures of some size, names used twice.
LOOK = """<script>addEventListener("load", () => {
  const shown = [...document.querySelectorAll("svg")].filter((one) => one.getBoundingClientRect().width > 100);
  const names = [...document.querySelectorAll("[id]")].map((one) => one.id);
  const twice = names.filter((name, index) => names.indexOf(name) !== index && !name.includes("_"));
  const wide = document.documentElement.scrollWidth > innerWidth;
  document.title = ["looked", performance.getEntriesByType("resource").length, shown.length, twice, wide].join(" ");
})</script>"""


def looked_at(path: Path) -> str:
    """What a headless browser makes of a page, after its scripts have run."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no headless browser is installed")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,900", "--dump-dom"]
    return subprocess.run([*command, path.as_uri()], capture_output=True, text=True, check=True, timeout=120).stdout


def test_a_browser_draws_the_page(tmp_path: Path) -> None:
    path = write_report([REPORT, SAMPLED], tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("</body>", f"{LOOK}</body>"), encoding="utf-8")
    shown = looked_at(path)
    assert shown.count("<circle") == text.count("<circle") > 0
    assert '<td class="failed">failed</td>' in shown
    assert f"<title>looked 0 {text.count('<svg')}  false</title>" in shown


def test_matplotlib_draws_the_chains_where_it_is_installed() -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    found = chains.pictures(CHAIN, "salt")
    assert [caption.partition(":")[0].partition(";")[0] for _, caption in found] == [
        "NUTS draws",
        "energy of the draws and of their changes",
    ]
    for drawing, _ in found:
        assert drawing.startswith("<svg")
        assert "metadata" not in drawing
        ET.fromstring(drawing.encode())
    assert found == chains.pictures(CHAIN, "salt")
    text = page([SAMPLED])
    assert text.count("<svg") == 4
    allowed = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")
    assert "http" not in text.replace(allowed[0], "").replace(allowed[1], "")


def test_the_fraction_of_missing_information() -> None:
    assert chains.fraction_of_missing_information((1.0, 1.0, 1.0)) == 0.0
    assert chains.fraction_of_missing_information((0.0, 1.0, 0.0, 1.0)) == 3.0
    slow = tuple(float(draw) for draw in range(100))
    assert chains.fraction_of_missing_information(slow) < 0.01


def test_codes_are_unique_and_say_what_to_do() -> None:
    assert len({code.code for code in CODES}) == len({code.name for code in CODES}) == len(CODES)
    for code in CODES:
        assert code.code.startswith("VJP9")
        assert code.why.endswith(".")
        assert code.remedy
        assert isinstance(code.level, Level)


def test_messages_without_the_secret_are_dropped() -> None:
    reader = Reader("secret")
    assert reader.feed(b'{"kind": "done"}\nguess {"kind": "done"}\nsecret {"kind"') == []
    assert reader.feed(b': "rule"}\nsecret not json\nsecret 3\n') == [{"kind": "rule"}]


def test_places_of_rules() -> None:
    text = (
        "def make():\n    def bwd(res, g):\n        def inner():\n            return 1\n        if g:\n"
        "            return (g,)\n        return (res,)\n    f.defvjp(\n        fwd,\n        bwd,\n    )\n"
        "@f.defjvp\ndef rule(p, t):\n    return p\ng.defvjp(a, lambda r, c: (c,))\n"
    )
    places = find_places(text)
    assert [(site.line, site.end_line, site.receiver, site.inside) for site in places.sites] == [
        (8, 11, "f", "make"),
        (12, 12, "f", ""),
        (15, 15, "g", ""),
    ]
    site = places.site_at(10)
    assert site is not None
    assert site.line == 8
    namespace: dict[str, object] = {}
    code = compile("\n\ndef later(r, c):\n    c = c\n    return (c,)\n", "here.py", "exec")
    exec(code, namespace)
    found = find_places("\n\ndef later(r, c):\n    c = c\n    return (c,)\n").returned(namespace["later"], "here.py")
    assert found is not None
    assert (found.line, found.column) == (5, 4)


def test_none_of_this_needs_jax() -> None:
    script = (
        "import sys\nimport flake8_jaxvjp.cli, flake8_jaxvjp.pytest_plugin, flake8_jaxvjp.runtime.html\n"
        "import flake8_jaxvjp.runtime.linting, flake8_jaxvjp.runtime.junit, flake8_jaxvjp.runtime.places\n"
        "assert not {'jax', 'numpy', 'libcst', 'flake8'} & set(sys.modules), sorted(sys.modules)\n"
    )
    root = Path(__file__).parent.parent.parent
    finished = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
