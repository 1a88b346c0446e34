# SPDX-License-Identifier: MIT
"""--env-js: variables of the environment as a script, for one image in every
environment."""
import json
import re

import pytest

from harness import SCRATCHD, clean_env, run


def script(start, tree, names, **variables):
    """Start a server; return it and the answer for its script."""
    server = start("--workers", "1", "--env-js", f"/env.js={names}",
                   root=tree, env=clean_env(**variables))
    res = server.get("/env.js")
    assert res.status == 200
    assert res.get("Content-Type") == "text/javascript; charset=utf-8"
    assert res.get("Cache-Control") == "no-cache"
    return server, res


def values(res):
    """Return what the script assigns."""
    text = re.fullmatch(rb"window\.ENV=(\{.*\});\n", res.body)
    assert text, res.body
    return json.loads(text[1])


@pytest.mark.quick
def test_values(start, tree):
    """Those that are named, in their order, and no others."""
    _, res = script(start, tree, "API_URL,MODE,EMPTY,UNSET",
                    API_URL="https://api.example/?a=1&b=2", MODE="x",
                    EMPTY="", API_URL2="no", API="no", SECRET="hunter2")
    assert values(res) == {"API_URL": "https://api.example/?a=1&b=2",
                           "MODE": "x", "EMPTY": "", "UNSET": None}
    assert list(values(res)) == ["API_URL", "MODE", "EMPTY", "UNSET"]
    assert b"hunter2" not in res.body


@pytest.mark.quick
@pytest.mark.parametrize("value", [
    '"};alert(1);//', "</script><script>alert(1)</script>", "<!--", "\\",
    "a\nb\r\tc", "\u2028\u2029", "Gr\u00fc\u00dfe \U0001f600", "\x01\x7f",
    "'`${x}"])
def test_no_value_ends_its_string(start, tree, value):
    """Neither in a script nor in a page that holds the script."""
    _, res = script(start, tree, "X", X=value)
    assert values(res) == {"X": value}
    text = res.body.decode()
    for char in "<\u2028\u2029\x01\x7f":
        assert char not in text
    assert text.count("\n") == 1


def test_bytes_that_are_not_utf8(start, tree):
    """They are shown as what they would be in Latin-1."""
    _, res = script(start, tree, "X", X=b"\xff\xe4".decode(
        "utf-8", "surrogateescape"))
    assert values(res) == {"X": "\u00ff\u00e4"}


@pytest.mark.parametrize("names, want", [
    ("", {}), (",", {}), (" A , B ", {"A": "1", "B": "2"}),
    ("A,A", {"A": "1"}), ('"<', {'"<': None}), ("A=", {"A=": None})])
def test_names(start, tree, names, want):
    """A list with commas; a name that nobody has is null."""
    _, res = script(start, tree, names, A="1", B="2")
    assert values(res) == want


@pytest.mark.quick
def test_validator(start, tree):
    """The tag is that of the values, and conditions hold as everywhere."""
    server, res = script(start, tree, "A", A="1")
    tag = res.get("ETag")
    assert re.fullmatch('"[0-9a-f]{16}"', tag)
    again = server.get("/env.js", f"If-None-Match: {tag}")
    assert (again.status, again.body) == (304, b"")
    assert again.get("ETag") == tag
    assert again.get("Cache-Control") == "no-cache"
    assert server.get("/env.js", 'If-None-Match: "x"').status == 200
    assert server.get("/env.js", 'If-Match: "x"').status == 412
    assert server.get("/env.js", f"If-Match: {tag}").status == 200
    head = server.get("/env.js", method="HEAD")
    assert head.get("Content-Length") == str(len(res.body))
    assert head.get("ETag") == tag
    _, other = script(start, tree, "A", A="2")
    assert other.get("ETag") != tag
    _, same = script(start, tree, "A", A="1")
    assert same.get("ETag") == tag


def test_before_the_site_and_logged(start, tree):
    """A file of that name is not reached; visitors' requests are logged."""
    (tree / "env.js").write_bytes(b"from the site\n")
    server, res = script(start, tree, "A", A="1")
    assert values(res) == {"A": "1"}
    assert server.get("/env.js?v=2").body == res.body
    assert server.get("/env.js", method="POST").status == 405
    assert start(root=tree).get("/env.js").body == b"from the site\n"
    (tree / "env.js").unlink()
    server.stop()
    assert len(server.log()) == 3


def test_by_variable(start, tree):
    """The option's own variable."""
    server = start(root=tree, env=clean_env(
        SCRATCHD_ENV_JS="/config/env.js=B,SCRATCHD_ENV_JS", B="2"))
    assert values(server.get("/config/env.js"))["B"] == "2"


def test_longest(start, tree):
    """Up to 4 KiB; what is longer is refused at the start."""
    room = 4096 - len('window.ENV={"A":""};\n')
    _, res = script(start, tree, "A", A="a" * room)
    assert values(res) == {"A": "a" * room} and len(res.body) == 4096
    done = run([*SCRATCHD, "--env-js", "/env.js=A", "."],
               env=clean_env(A="a" * (room + 1)))
    assert done.returncode == 2
    assert done.stderr == ("scratchd: --env-js: '/env.js=A': "
                           "more than 4 KiB\n")


@pytest.mark.parametrize("value", ["", "/env.js", "env.js=A", "A,B"])
def test_wrong_value(value):
    """PATH=NAME,NAME."""
    done = run([*SCRATCHD, "--env-js", value, "."])
    assert done.returncode == 2 and done.stderr.count("\n") == 1
