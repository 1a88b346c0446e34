# SPDX-License-Identifier: MIT
"""Fixtures: the server, and a headless Chromium to look at what it serves."""

import contextlib
import os
import shutil
import sys
from pathlib import Path

import pytest
from site_server import SITE, Server

sys.path.append(str(Path(__file__).parent.parent / "e2e"))

# Root needs --no-sandbox; the rest keeps the browser from calling home, which
# on a closed network fails many times at each start and fills its log.
CHROMIUM_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--hide-scrollbars",
]


SCREENS = {"phone": (360, 740), "desktop": (1280, 800)}

# What is in the folder that is looked at: sizes in bytes.
LISTED = {
    "index-of-everything.html.txt": 1834,
    "annual report 2025 (final, really).pdf": 2483921,
    "a-name-that-goes-on-and-on-without-a-place-to-break-it-" + "0123456789" * 12: 12,
    "<img src=x onerror=alert(1)>": 7,
    "日本語の長いファイル名.txt": 99,
    "שלום עולם.txt": 1024,
    "holiday.mp4": 734003200,
    "new\nline": 1,
    "empty": 0,
}


def write_folders(root):
    """Folders without an index, and files with holes instead of bytes."""
    folder = root / "releases" / "2025"
    for name in ("archive", "nightly builds", "w" * 250):
        (folder / name).mkdir(parents=True)
    for n, (name, size) in enumerate(LISTED.items()):
        with (folder / name).open("wb") as file:
            file.truncate(size)
        os.utime(folder / name, (0, 1700000000 + n * 100000))


@contextlib.contextmanager
def running(folder, *options, **kw):
    """A server; at the end it must stop cleanly and have complained of nothing."""
    server = Server(folder, *options, **kw)
    start = server.errors()
    try:
        yield server
        assert server.process.poll() is None, "the server died on the way"
        assert server.errors() == start, "the server wrote to stderr"
    finally:
        status = server.stop()
    assert status == 0


@pytest.fixture(scope="module")
def root():
    """What the server serves; a module may have a site of its own."""
    return SITE


@pytest.fixture(scope="module")
def server(tmp_path_factory, root):
    """A server of the sample site, or of the module's own."""
    with running(tmp_path_factory.mktemp("server"), root=root) as sample:
        yield sample


@pytest.fixture(scope="module")
def lister(tmp_path_factory):
    """A server of folders, which it lists."""
    folders = tmp_path_factory.mktemp("folders")
    write_folders(folders)
    with running(tmp_path_factory.mktemp("lister"), "--list", "on", root=folders) as lists:
        yield lists


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A Chromium with a profile of its own, driven by its WebDriver."""
    try:
        from selenium import webdriver
    except ImportError:
        pytest.fail("no selenium here: apt-get install python3-selenium")
    tools = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    if None in tools.values():
        pytest.fail("no Chromium here: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = tools["chromium"]
    for flag in CHROMIUM_FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(
        service=webdriver.chrome.service.Service(tools["chromedriver"]), options=options)
    try:
        driver.set_page_load_timeout(30)
        driver.set_script_timeout(30)
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def device(browser):
    """A function that makes the browser a device of some size and scheme."""
    def become(screen, scheme):
        width, height = SCREENS[screen]
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 2,
            "mobile": screen == "phone"})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        return browser
    yield become
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
