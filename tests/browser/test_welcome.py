# SPDX-License-Identifier: MIT
"""The page that `make run` shows: on a phone and on a desk, light and dark, and
that what it says of the request and of the program is true."""

import html
import re
import socket
import subprocess

import pytest
from conftest import SCREENS, running
from site_server import BUILD, TOP
from test_browser import drain_logs, network
from test_pages import check_looks

SRC = TOP / "src"


@pytest.fixture(scope="module")
def welcome(tmp_path_factory):
    """The program and the folder that the Makefile names."""
    rules = (TOP / "Makefile").read_text()
    assert re.search(r"^run:.* \$\(BUILD\)/welcome site ##", rules, re.MULTILINE)
    assert " $(RUNNER) $(BUILD)/welcome build/site\n" in rules
    root = tmp_path_factory.mktemp("pages") / "site"
    subprocess.run(["src/deploy/site", str(root)], cwd=TOP, check=True)
    with running(tmp_path_factory.mktemp("welcome"), root=root, program="welcome") as server:
        yield server


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_looks(welcome, device, screen, scheme):
    """The page on each screen."""
    browser = device(screen, scheme)
    browser.get(welcome.url)
    check_looks(browser, "welcome", screen, scheme, 20)


def test_nothing_is_missing_or_forbidden(welcome, browser):
    """All that the page names comes, under its policy, and no script is among it."""
    browser.get("about:blank")
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    drain_logs(browser)
    browser.get(welcome.url)
    answers, failures = network(browser)
    assert failures == [] and browser.get_log("browser") == []
    assert {"/", "/welcome/style.css", "/welcome/mark.svg"} <= set(answers)
    assert {status for status, _ in answers.values()} == {200}
    assert browser.execute_script("return document.scripts.length") == 0
    blocked = browser.execute_async_script("""
        const done = arguments[0];
        addEventListener("securitypolicyviolation", e => done(e.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.head.append(script);
        setTimeout(() => done(window.ran ? "it ran" : ""), 2000);""")
    assert blocked.startswith("script-src")


def test_shows_the_request(welcome, browser):
    """What the browser sent, and that each time anew."""
    agent = browser.execute_script("return navigator.userAgent")
    for query in ("?first=<b>&", "?second"):
        browser.get(welcome.url + query)
        shown = browser.execute_script("return document.querySelector('pre').textContent")
        lines = shown.split("\n")
        assert re.fullmatch(r"GET /\?\S+ HTTP/1\.1", lines[0])
        assert query.split("=")[0] in lines[0]
        assert f"Host: 127.0.0.1:{welcome.address[1]}" in lines
        assert f"User-Agent: {agent}" in lines
        assert any(line.startswith("Accept-Encoding: gzip") for line in lines)
    assert browser.execute_script("return document.querySelectorAll('pre b').length") == 0


def test_size_is_true(welcome, browser):
    """The number on the page is that of the file."""
    browser.get(welcome.url)
    size = browser.execute_script("return document.querySelector('.size strong').textContent")
    assert int(size) == (BUILD / "welcome").stat().st_size


def test_next_command_is_there(welcome, browser):
    """The command for one's own site names the program that was made."""
    browser.get(welcome.url)
    text = browser.execute_script("return document.querySelector('[aria-labelledby=next] code').textContent")
    assert (TOP / text.split()[0]).resolve() == BUILD.resolve() / "scratchd"


def test_tour_leads_to_the_code(welcome, browser):
    """Every link is to a file of src, and shows it as text, or to a page."""
    browser.get(welcome.url)
    links = browser.execute_script("return [...document.links].map(a => a.href)")
    paths = [link.removeprefix(welcome.url) for link in links]
    assert len(paths) >= 8
    for link, path in zip(links, paths):
        browser.get(link)
        if path.endswith(".html"):
            assert browser.execute_script("return document.querySelectorAll('h1').length") == 1
            continue
        shown = browser.execute_script(
            "return [document.contentType, document.body.textContent]")
        assert shown == ["text/plain", (SRC / path).read_text()], path


def test_markup_is_shown_as_it_is(welcome):
    """A browser encodes what it asks for; others need not, and it stays text."""
    with socket.create_connection(welcome.address, timeout=10) as client:
        client.sendall(b"GET /?<i>&amp; HTTP/1.1\r\nHost: h\r\nX: <b>\"\r\nConnection: close\r\n\r\n")
        page = b"".join(iter(lambda: client.recv(65536), b"")).decode()
    shown = page[page.index("<pre"):page.index("</pre>")]
    assert "<i>" not in page and "<b>" not in page
    assert html.unescape(shown[shown.index("GET "):]).startswith(
        'GET /?<i>&amp; HTTP/1.1\nHost: h\nX: <b>"\nConnection: close</code>')
