# SPDX-License-Identifier: MIT
"""Fixtures: the server, and a headless Chromium to look at what it serves."""

import shutil

import pytest

from site_server import Server

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


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The server; at the end it must stop cleanly and have complained of nothing."""
    running = Server(tmp_path_factory.mktemp("server"))
    start = running.errors()
    try:
        yield running
        assert running.process.poll() is None, "the server died on the way"
        assert running.errors() == start, "the server wrote to stderr"
    finally:
        status = running.stop()
    assert status == 0


@pytest.fixture(scope="module")
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
