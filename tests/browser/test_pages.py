# SPDX-License-Identifier: MIT
"""The pages that the server makes itself, listings and errors: on a phone and
on a desk, light and dark, by eye (the pictures) and by measure."""

import base64

import pytest
from conftest import LISTED, SCREENS
from selenium.webdriver.common.keys import Keys
from site_server import BUILD, wait_until

PAGES = {"listing": "releases/2025/", "root": "", "wide": "releases/2025/" + "w" * 250 + "/",
         "error-404": "no/such/page", "error-400": "%zz"}

# Each text with its colour and that of the first ancestor that has one behind
# it, the page's own last; and each link's height and width.
MEASURE = """
    const seen = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const probe = document.createElement("div");
    probe.style.background = "Canvas";
    document.documentElement.append(probe);
    const canvas = getComputedStyle(probe).backgroundColor;
    probe.remove();
    for (let node; (node = walk.nextNode());) {
        if (!node.data.trim())
            continue;
        let behind = node.parentElement, color = "rgba(0, 0, 0, 0)";
        for (; behind && color === "rgba(0, 0, 0, 0)"; behind = behind.parentElement)
            color = getComputedStyle(behind).backgroundColor;
        if (color === "rgba(0, 0, 0, 0)")
            color = canvas;
        seen.push([node.data.trim(), getComputedStyle(node.parentElement).color, color]);
    }
    const boxes = [...document.links].map(a => {
        const box = a.getBoundingClientRect();
        return [a.textContent, box.width, box.height];
    });
    return [seen, boxes, document.documentElement.scrollWidth, innerWidth];"""


def luminance(color):
    """Relative luminance of "rgb(r, g, b)", by WCAG 2.2."""
    parts = [int(p) / 255 for p in color[color.index("(") + 1:-1].split(",")[:3]]
    parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    """Contrast ratio of two colours, by WCAG 2.2."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def check_looks(browser, name, screen, scheme, least):
    """Nothing of the page reaches beyond the side, all can be read and be
    touched; it has more than so many texts. The picture is kept."""
    texts, links, content, view = browser.execute_script(MEASURE)
    picture = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
    folder = BUILD / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}-{screen}-{scheme}.png").write_bytes(base64.b64decode(picture["data"]))
    assert (content, view) == (SCREENS[screen][0],) * 2
    assert len(texts) > least
    for text, color, behind in texts:
        assert contrast(color, behind) >= 4.5, (text, color, behind)
        assert (luminance(behind) < 0.1) == (scheme == "dark"), text
    for text, width, height in links:
        assert height >= 44 and width >= 24, (text, width, height)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("page", PAGES)
def test_looks(lister, device, page, screen, scheme):
    """Listings and errors on each screen."""
    browser = device(screen, scheme)
    browser.get(lister.url + PAGES[page])
    check_looks(browser, page, screen, scheme, 1)


def names(browser):
    """The names in a listing, as they are seen, from top to bottom."""
    return [a.text for a in browser.find_elements("css selector", "tbody a")]


def sorted_by(browser):
    """The heads of columns that say an order, and which."""
    return {th.text: th.get_attribute("aria-sort") for th in
            browser.find_elements("css selector", "thead th[aria-sort]")}


def test_sort_by_click(lister, browser):
    """A click on a column's head sorts by it, another the other way."""
    browser.get(lister.url + "releases/2025/")
    first = names(browser)
    assert first[:3] == ["Parent directory", "archive/", "nightly builds/"]
    assert sorted_by(browser) == {"Name": "ascending"}
    arrow = browser.execute_script("""
        return getComputedStyle(document.querySelector("thead a"), "::after").content;""")
    assert "\u2191" in arrow
    browser.find_element("link text", "Size").click()
    wait_until(lambda: sorted_by(browser) == {"Size": "descending"}, "the largest first")
    assert names(browser)[4] == "holiday.mp4"
    browser.find_element("link text", "Size").click()
    wait_until(lambda: sorted_by(browser) == {"Size": "ascending"}, "the smallest first")
    assert names(browser)[4] == "empty"
    assert sorted(names(browser)) == sorted(first)


def test_names_lead_there(lister, browser):
    """Chromium resolves every link to the file of that name, and runs nothing."""
    browser.get(lister.url + "releases/2025/")
    sizes = browser.execute_async_script("""
        const done = arguments[arguments.length - 1];
        const links = [...document.querySelectorAll("tbody a")].filter(a => !a.href.endsWith("/"));
        Promise.all(links.map(a => fetch(a.href, {method: "HEAD"}).then(r =>
            [decodeURIComponent(a.href.split("/").pop()), +r.headers.get("Content-Length")]
        ))).then(done);""")
    assert dict(sizes) == LISTED
    assert browser.find_elements("tag name", "img") == []


def test_there_and_back(lister, browser):
    """Down by the rows, up by the parent and by the breadcrumbs, by clicks."""
    browser.get(lister.url)
    for name, path in [("releases/", "releases/"), ("2025/", "releases/2025/"),
                       ("archive/", "releases/2025/archive/"),
                       ("Parent directory", "releases/2025/"), ("Home", "")]:
        browser.find_element("link text", name).click()
        wait_until(lambda: browser.current_url == lister.url + path, name)


def test_focus_is_seen(lister, browser):
    """Who comes by the keyboard sees where he is."""
    browser.get(lister.url)
    browser.find_element("tag name", "body").send_keys(Keys.TAB)
    width, style = browser.execute_script("""
        const s = getComputedStyle(document.activeElement);
        return [parseFloat(s.outlineWidth), s.outlineStyle];""")
    assert width >= 2 and style != "none"


def test_home_from_error(lister, browser):
    """A link out of the dead end."""
    browser.get(lister.url + "no/such/page")
    browser.find_element("css selector", "main a").click()
    wait_until(lambda: browser.current_url == lister.url, "the start page")
