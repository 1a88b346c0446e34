# SPDX-License-Identifier: MIT
"""What a person sees: the sample site in a real browser, every part of it."""

import base64
import json

import pytest
from site_server import BUILD, wait_until

PAGES = ["", "docs/"]
FILES = ["/", "/style.css", "/script.js", "/layers.svg", "/mark.png",
         "/icon.svg", "/fira-code-semibold.woff2"]
SCREENS = {"phone": (390, 844), "desktop": (1280, 800)}


def open_page(browser, url):
    """Go there and return when the page's script has looked at the font."""
    browser.get(url)
    wait_until(lambda: data(browser, "font"), f"the script of {url}")


def data(browser, name):
    """The root element's data attribute, by which script.js reports."""
    return browser.execute_script(
        "return document.documentElement.dataset[arguments[0]]", name)


def drain_logs(browser):
    """Forget what the browser has logged before."""
    browser.get_log("browser")
    browser.get_log("performance")


def network(browser):
    """From the browser's own log: {path: (status, MIME type)} and the failures."""
    answers, failures = {}, []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        params = message["params"]
        if message["method"] == "Network.responseReceived":
            response = params["response"]
            if response["url"].startswith("http://127.0.0.1:"):
                path = "/" + response["url"].split("/", 3)[3]
                answers[path] = (response["status"], response["mimeType"])
        elif message["method"] == "Network.loadingFailed":
            failures.append(params)
    return answers, failures


def wait_for_icon(server, before):
    """Wait for the tab's icon, which may come after the page's load event."""
    wait_until(lambda: any(line[1] == "/icon.svg" for line in server.log()[before:]),
               "the tab's icon in the access log")


@pytest.fixture
def cold(browser):
    """The browser with an empty cache and empty logs."""
    browser.get("about:blank")
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    drain_logs(browser)
    return browser


@pytest.mark.parametrize("page", PAGES)
def test_loads_without_an_error(server, cold, page):
    """Each page and all it refers to come with 200; the console stays empty."""
    before = len(server.log())
    open_page(cold, server.url + page)
    answers, failures = network(cold)
    assert failures == []
    assert cold.get_log("browser") == []
    assert {status for status, _ in answers.values()} == {200}
    assert answers["/" + page][1] == "text/html"
    wait_for_icon(server, before)
    wait_until(lambda: len(server.log()) - before >= len(answers), "the access log")
    assert {(method, status) for method, _, status in server.log()[before:]} == {("GET", 200)}


def test_types(server, cold):
    """Every kind of file has the type that browsers insist on."""
    open_page(cold, server.url)
    answers, _ = network(cold)
    kinds = {path: answers[path][1] for path in FILES if path != "/icon.svg"}
    assert kinds == {
        "/": "text/html",
        "/style.css": "text/css",
        "/script.js": "text/javascript",
        "/layers.svg": "image/svg+xml",
        "/mark.png": "image/png",
        "/fira-code-semibold.woff2": "font/woff2",
    }


def test_style(server, browser):
    """The sheet is in force: the heading's font and the grid come from it alone."""
    open_page(browser, server.url)
    font, grid = browser.execute_script("""
        return [getComputedStyle(document.querySelector("h1")).fontFamily,
                getComputedStyle(document.querySelector(".facts")).display];""")
    assert font.startswith('"Fira Code"')
    assert grid == "grid"


def test_script(server, browser):
    """The script ran, and counts all six parts of the page as present."""
    open_page(browser, server.url)
    assert data(browser, "script") == "ran"
    assert data(browser, "parts") == "6 of 6"


def test_images(server, browser):
    """Every image was decoded; the PNG has its true size."""
    open_page(browser, server.url)
    sizes = dict(browser.execute_script("""
        return [...document.images].map(i => [i.src.split("/").pop(), i.naturalWidth]);"""))
    assert sizes == {"mark.png": 64, "layers.svg": 480}


def test_font(server, browser):
    """The font came over the wire, was accepted, and shapes the heading."""
    open_page(browser, server.url)
    assert data(browser, "font") == "loaded"
    faces = browser.execute_script(
        "return [...document.fonts].map(f => [f.family, f.weight, f.status]);")
    assert faces == [["Fira Code", "600", "loaded"]]
    assert browser.execute_script("""return document.fonts.check('600 1em "Fira Code"');""")


def test_second_page_by_click(server, browser):
    """A link into a subdirectory works, and the one back out of it."""
    open_page(browser, server.url)
    browser.find_element("css selector", ".hero .button").click()
    wait_until(lambda: browser.current_url == server.url + "docs/", "the second page")
    wait_until(lambda: data(browser, "font") == "loaded", "its font")
    assert browser.find_element("tag name", "h1").text == "One request, start to end"
    browser.find_element("css selector", "main .button").click()
    wait_until(lambda: browser.current_url == server.url, "the first page")


def test_directory_without_slash(server, cold):
    """/docs leads to /docs/, so that its relative links hold; the query stays."""
    open_page(cold, server.url + "docs?from=link")
    assert cold.current_url == server.url + "docs/?from=link"
    assert data(cold, "font") == "loaded"
    assert cold.get_log("browser") == []


def test_reload_transfers_nothing(server, cold):
    """A reload is answered with 304: the browser keeps what it has."""
    start = len(server.log())
    open_page(cold, server.url)
    wait_for_icon(server, start)
    before = len(server.log())
    cold.refresh()
    wait_until(lambda: data(cold, "parts") == "6 of 6", "the page after reload")
    wait_until(lambda: ("GET", "/", 304) in server.log()[before:], "the 304 of the page")
    assert {status for _, _, status in server.log()[before:]} == {304}


@pytest.mark.parametrize("path", FILES)
def test_revalidation(server, browser, path):
    """For every file, the validator that it was sent with brings a 304."""
    open_page(browser, server.url)
    fetch = """
        const done = arguments[arguments.length - 1];
        fetch(arguments[0], {cache: arguments[1]}).then(r => r.blob()).then(b => done(b.size));"""
    size = browser.execute_async_script(fetch, path, "reload")
    before = len(server.log())
    assert browser.execute_async_script(fetch, path, "no-cache") == size > 0
    wait_until(lambda: ("GET", path, 304) in server.log()[before:], "the 304")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("page", PAGES)
def test_fits_the_screen(server, browser, page, screen, scheme):
    """On a phone and on a desk nothing reaches beyond the side; for the eye, a picture."""
    width, height = SCREENS[screen]
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": height, "deviceScaleFactor": 1, "mobile": screen == "phone"})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": scheme}]})
    try:
        open_page(browser, server.url + page)
        content, view = browser.execute_script(
            "return [document.documentElement.scrollWidth, innerWidth];")
        picture = browser.execute_cdp_cmd("Page.captureScreenshot", {
            "captureBeyondViewport": True})
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    name = f"{page.strip('/') or 'home'}-{screen}-{scheme}.png"
    (BUILD / "browser").mkdir(parents=True, exist_ok=True)
    (BUILD / "browser" / name).write_bytes(base64.b64decode(picture["data"]))
    assert (content, view) == (width, width)


def test_error_page(server, cold):
    """A link to nowhere shows a page that says so and fits."""
    cold.get(server.url + "no/such/page")
    answers, _ = network(cold)
    assert answers["/no/such/page"] == (404, "text/html")
    assert "404" in cold.find_element("tag name", "body").text
    assert cold.execute_script(
        "return document.documentElement.scrollWidth <= innerWidth;")
