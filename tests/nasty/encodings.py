"""Bytes: encodings, cookies, byte order marks, newlines, control characters, names that Unicode makes equal."""

from __future__ import annotations

from collections.abc import Iterator

from nasty.base import HEADER, RIGHT, WRONG, Nasty, nasty, rule

PLAIN = HEADER + RIGHT + WRONG
LATIN = '# d\u00e9riv\u00e9e\ns = "na\u00efve \u00fc\u00ff"\n'
BOM = b"\xef\xbb\xbf"


def files() -> Iterator[Nasty]:
    yield from _nothing()
    yield from _cookies()
    yield from _newlines()
    yield from _control_characters()
    yield from _unicode_names()


def _nothing() -> Iterator[Nasty]:
    yield nasty("empty", "")
    yield nasty("only_newlines", "\n\n\n")
    yield nasty("only_bom", "", data=BOM)
    yield nasty("only_form_feed", "\f")
    yield nasty("only_spaces", "   ")
    yield nasty("only_comment_with_marker", "# jax.custom_vjp, defvjp(fwd, bwd)")
    comments = "".join(f"# f{n}.defvjp(f{n}_fwd, lambda res, g: g * 2)  # jax.custom_vjp\n" for n in range(200))
    yield nasty("only_comments_with_marker", comments)
    yield nasty(
        "only_docstring_with_marker", f'"""\n{HEADER}{RIGHT}"""\nx = "jax.custom_vjp"; y = "f.defvjp(a, b)"\n'
    )


def _cookies() -> Iterator[Nasty]:
    yield nasty("bom", PLAIN, data=BOM + PLAIN.encode())
    text = "# -*- coding: latin-1 -*-\n" + LATIN + PLAIN
    yield nasty("latin1_with_cookie", text + "na\u00efve = 1\n", encoding="latin-1")
    yield nasty("latin1_without_cookie", LATIN + PLAIN + "na\u00efve = 1\n", encoding="latin-1")
    yield nasty("bom_against_cookie", text, data=BOM + text.encode())
    yield nasty("utf8_under_latin1_cookie", text, encoding="utf-8")
    yield nasty("unknown_cookie", "# -*- coding: klingon -*-\n" + PLAIN)
    yield nasty(
        "unknown_cookie_and_latin1",
        "#!/usr/bin/python\n# vim: fileencoding=klingon\n" + LATIN + PLAIN,
        encoding="latin-1",
    )
    yield nasty("ascii_cookie_and_utf8", "# coding: ascii\n" + LATIN + PLAIN)
    yield nasty("shift_jis", '# coding: shift_jis\ns = "\u8868\u30bd"  # \u4e88\n' + PLAIN, encoding="shift_jis")
    yield nasty("utf7", "# coding: utf-7\n" + PLAIN.replace("+", "+-"))
    yield nasty("utf16", PLAIN, encoding="utf-16", rejected=True, fragile="null bytes: ValueError before 3.11.4")
    yield nasty("codec_that_is_no_text", "# coding: rot13\n" + PLAIN, rejected=True, fragile="LookupError in open()")
    yield nasty("codec_that_refuses", "# coding: undefined\n" + PLAIN)
    # UTF-8 has no form for a lone surrogate: flake8 falls back to latin-1, and nothing may choke on that either.
    text = 's = "???"\n' + PLAIN
    yield nasty("surrogate_bytes", text, data=text.encode().replace(b"???", b"\xed\xa0\x80"))
    yield nasty("broken_utf8", text, data=text.encode().replace(b"???", b"\xc3\x28\xff"))


def _newlines() -> Iterator[Nasty]:
    data = PLAIN.encode()
    yield nasty("crlf", PLAIN, data=data.replace(b"\n", b"\r\n"))
    yield nasty("cr", PLAIN, data=data.replace(b"\n", b"\r"))
    mixed = b"".join(line + (b"\n", b"\r\n", b"\r")[n % 3] for n, line in enumerate(data.splitlines()))
    yield nasty("mixed_newlines", PLAIN, data=mixed)
    yield nasty("crlf_in_strings", text := 's = """\n\n"""\n' + PLAIN, data=text.encode().replace(b"\n", b"\r\n"))
    yield nasty("no_last_newline", PLAIN.rstrip("\n"))
    yield nasty("comment_at_the_end", PLAIN + "# no newline")
    yield nasty("indented_end", PLAIN + "if x:\n    pass\n        ")
    yield nasty("backslash_at_the_end", PLAIN + "x = 1\\", rejected=True)
    # str.splitlines() ends a line at each of these, Python's tokenizer at none.
    breaks = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
    yield nasty("unicode_line_breaks", f'# {breaks}\ns = "{breaks}"\nt = """{breaks}\n"""  # {breaks}\n' + PLAIN)
    inside = f'    s = "{breaks}"  # {breaks}\n'
    yield nasty(
        "unicode_line_breaks_inside", HEADER + rule("wrong", f'(g, g, "{breaks}")  # {breaks} # WRONG VJP1', inside)
    )


def _control_characters() -> Iterator[Nasty]:
    pages = HEADER + "\f\n" + RIGHT.replace("def", "\fdef").replace("@", "\f@") + "\f" + WRONG
    yield nasty("form_feeds", pages)
    yield nasty("form_feeds_in_indentation", HEADER + "\f\n" + WRONG.replace("    return", "\f    return"))
    yield nasty("form_feeds_between_tokens", PLAIN.replace(", ", ",\f").replace(" * ", "\f*\f"))
    yield nasty("vertical_tab", PLAIN + "x =\v1\n", rejected=True)
    null = "null bytes: ValueError before 3.11.4"
    yield nasty("null_byte", PLAIN + "x = 1\0\n", rejected=True, fragile=null)
    yield nasty("null_byte_in_comment", "# \0\n" + PLAIN, rejected=True, fragile=null)
    yield nasty("null_byte_in_string", PLAIN + 's = "\0"\n', rejected=True, fragile=null)
    yield nasty("null_escape", PLAIN + 's = "\\0"; t = b"\\x00"\n')
    yield nasty("control_z", PLAIN + "\x1a", rejected=True)
    yield nasty("bell_in_string", 's = "\a\b\x7f\x1b[31m"\n' + PLAIN)
    # Messages that quote these must still be one line, and must still be printable.
    for name, text in (("surrogate", "\\udc80"), ("newline", "a\\nb"), ("null", "\\0"), ("format", "%s {0} %(x)d")):
        quoted = rule("named", decorator=f'partial(jax.custom_vjp, nondiff_argnames=("{text}",))')
        quoted = quoted.replace('",))\n', '",))  # MAYBE\n').replace("(residuals, g):", "(residuals, g):  # MAYBE")
        yield nasty(f"{name}_in_argument_name", HEADER + quoted.replace("g * x\n", "g * x  # MAYBE\n") + WRONG)


def _unicode_names() -> Iterator[Nasty]:
    yield nasty(
        "wide_characters_before",
        HEADER
        + rule("wrong", '(lambda s: s)("\U0001f600\u00e9\u00e9"); return g, g, g  # WRONG VJP1').replace(
            "return (lambda", "(lambda"
        ),
    )
    # Python compares names in their NFKC form: the ligature fi and the letters f, i are one name.
    yield nasty(
        "names_equal_under_nfkc",
        HEADER
        + rule("\ufb01x", "g, g, g  # MAYBE").replace(
            "\ufb01x.defvjp(\ufb01x_fwd, \ufb01x_bwd)", "fix.defvjp(fix_fwd, fix_bwd)"
        ),
    )
    redefined = "def \ufb01x(r, g):\n    return g, g, g\ndef fix(r, g):\n    return g * r[1], g * r[0]\n"
    yield nasty(
        "redefined_under_nfkc",
        HEADER + rule("f").replace("f.defvjp(f_fwd, f_bwd)", redefined + "f.defvjp(f_fwd, \ufb01x)"),
    )
    yield nasty(
        "marker_under_nfkc", HEADER + rule("f", "g, g, g  # MAYBE").replace(".defvjp", ".\uff44efvjp") + WRONG
    )
    scripts = "\u03c0_\u6e2c\u8a66_\u0645\u062b\u0627\u0644_\u1e9e"
    yield nasty("names_of_many_scripts", HEADER + rule(scripts, "g * y, g * x, None  # WRONG VJP1") + RIGHT)
    # The letters for a tolerance, a micron, a length and an angle that people type are not in NFKC.
    for letter in ("\u03f5", "\u00b5", "\u2113", "\u03d5"):
        inside = rule("f", "g * y, g * x, None  # WRONG VJP1", f"    {letter} = 1e-6\n")
        yield nasty(f"greek_{ord(letter):x}", HEADER + f"{letter} = 1e-6\n" + inside + WRONG)
    long = "n" * 100_000
    yield nasty("name_of_100000_letters", HEADER + rule(long, "g, g, g  # WRONG VJP1") + WRONG)
