# SPDX-License-Identifier: MIT
"""What a browser needs ranges for: to go to the middle of a film, and on with a
download that was broken off."""
import base64
import hashlib
import json
import os

import pytest
from cutter import Cutter
from site_server import wait_until
from webm import key_frame, write_film

SECONDS, WIDTH, HEIGHT = 30, 64, 48
ROOM = 8 << 20  # bytes of the file for a second: more than a browser reads ahead
SIZE = 6 << 20
PAGE = """<!doctype html><title>ranges</title><link rel="icon" href="data:,">
<video muted preload="auto"></video><a href="file.bin" download>file</a>"""

# A picture for each second, each brighter than the one before.
DRAW = f"""
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [{WIDTH}, {HEIGHT}];
    const pen = canvas.getContext("2d");
    return [...Array({SECONDS}).keys()].map(i => {{
        pen.fillStyle = `rgb(${{8 * i}}, ${{8 * i}}, ${{8 * i}})`;
        pen.fillRect(0, 0, canvas.width, canvas.height);
        return canvas.toDataURL("image/webp", 0.9).split(",")[1];
    }});"""

# Go to each of the given times; answer with the time and the picture there.
SEEK = """
    const [times, done] = arguments;
    const video = document.querySelector("video");
    const seen = [];
    const look = () => {
        const canvas = document.createElement("canvas");
        const pen = canvas.getContext("2d");
        pen.drawImage(video, 0, 0, canvas.width, canvas.height);
        seen.push([video.currentTime, pen.getImageData(9, 9, 1, 1).data[0]]);
    };
    const next = () => {
        if (times.length) video.currentTime = times.shift();
        else done([video.duration, seen]);
    };
    video.onerror = () => done([video.error.message, seen]);
    video.onseeked = () => { look(); next(); };
    video.onloadeddata = next;
    video.src = "film.webm";"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A page with a film and a link; the tests bring what these lead to."""
    site = tmp_path_factory.mktemp("ranges")
    (site / "index.html").write_text(PAGE)
    return site


def ranges(browser):
    """Where each 206 began, from the browser's own log."""
    begins = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.responseReceived":
            response = message["params"]["response"]
            if response["status"] == 206:
                place = response["headers"]["Content-Range"]
                begins.append(int(place.split(" ")[1].split("-")[0]))
    return begins


def test_film(server, browser, root):
    """Forth and back in a film: the right picture each time, and the bytes
    between are not fetched."""
    browser.get(server.url)
    pictures = [key_frame(base64.b64decode(p)) for p in browser.execute_script(DRAW)]
    write_film(root / "film.webm", pictures, WIDTH, HEIGHT, ROOM)
    browser.get_log("performance")
    times = [20.5, 5.25, 29.75]
    duration, seen = browser.execute_async_script(SEEK, times)
    assert duration == SECONDS
    assert [time for time, _ in seen] == times
    for time, picture in seen:
        assert abs(picture - 8 * int(time)) <= 3
    begins = ranges(browser)
    assert 0 in begins
    assert any(18 * ROOM < begin <= 21 * ROOM for begin in begins), begins
    assert ("GET", "/film.webm", 206) in server.log()
    assert ("GET", "/film.webm", 200) not in server.log()


def download(browser, relay, folder):
    """Click on the link and return the file when it is complete."""
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {
        "behavior": "allow", "downloadPath": str(folder), "eventsEnabled": True})
    browser.get(f"http://127.0.0.1:{relay.port}/")
    browser.get_log("performance")
    browser.find_element("tag name", "a").click()
    states = []

    def ended():
        for entry in browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"].endswith("downloadProgress"):
                states.append(message["params"]["state"])
        return states and states[-1] != "inProgress"

    wait_until(ended, "the end of the download", 30)
    assert states[-1] == "completed"
    files = list(folder.iterdir())
    assert len(files) == 1
    return files[0].read_bytes()


def statuses(server):
    """How the requests for the file were answered."""
    return [status for _, target, status in server.log() if target == "/file.bin"]


def test_download_goes_on(server, browser, root, tmp_path):
    """Broken off twice, it goes on where it was, and every byte is right."""
    content = os.urandom(SIZE)
    (root / "file.bin").write_bytes(content)
    before = len(statuses(server))
    relay = Cutter(server.address, "/file.bin", [SIZE // 3, SIZE // 3])
    try:
        got = download(browser, relay, tmp_path)
    finally:
        relay.close()
    assert hashlib.sha256(got).digest() == hashlib.sha256(content).digest()
    wait_until(lambda: statuses(server)[before:] == [200, 206, 206], "the answers")


def test_download_of_what_has_changed(server, browser, root, tmp_path):
    """Changed meanwhile, it is not put together from two files (If-Range)."""
    contents = [os.urandom(SIZE), os.urandom(SIZE)]

    def change():
        (root / "fresh.bin").write_bytes(contents[1])
        os.rename(root / "fresh.bin", root / "file.bin")

    (root / "file.bin").write_bytes(contents[0])
    before = len(statuses(server))
    relay = Cutter(server.address, "/file.bin", [SIZE // 2], change)
    try:
        got = download(browser, relay, tmp_path)
    finally:
        relay.close()
    assert hashlib.sha256(got).digest() == hashlib.sha256(contents[1]).digest()
    assert 206 not in statuses(server)[before:]
