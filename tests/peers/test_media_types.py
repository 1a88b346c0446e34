# SPDX-License-Identifier: MIT
"""The media type of each extension that the web uses, against Debian's list
of them (/etc/mime.types, package media-types)."""
import re
from pathlib import Path

import pytest

from harness import Server

SOURCE = Path(__file__).parents[2] / "src/site/mime.c"

# What is served by another type than Debian says, or that Debian does not
# have, and why.
EXCEPTIONS = {
    "azw": ("application/vnd.amazon.ebook", "registered with IANA"),
    "br": ("application/x-brotli", "has no registered type"),
    "bz2": ("application/x-bzip2", "has no registered type"),
    "c": ("text/plain", "browsers show it"),
    "h": ("text/plain", "browsers show it"),
    "conf": ("text/plain", "browsers show it"),
    "ini": ("text/plain", "browsers show it"),
    "log": ("text/plain", "browsers show it"),
    "cjs": ("text/javascript", "RFC 9239, a script as .js is"),
    "exe": ("application/vnd.microsoft.portable-executable",
            "registered with IANA"),
    "gpx": ("application/gpx+xml", "what its readers expect"),
    "map": ("application/json", "ECMA-426, source maps are JSON"),
    "mid": ("audio/midi", "what browsers and players expect"),
    "midi": ("audio/midi", "what browsers and players expect"),
    "mkv": ("video/matroska", "RFC 9559"),
    "rss": ("application/rss+xml", "what every reader of feeds expects"),
    "tgz": ("application/gzip", "RFC 6713"),
    "toml": ("application/toml", "registered with IANA"),
    "ts": ("video/mp2t", "a stream on the web, not a Qt translation"),
    "wav": ("audio/wav", "WHATWG MIME sniffing"),
    "weba": ("audio/webm", "WebM without pictures"),
    "xml": ("text/xml", "RFC 7303: the same as application/xml"),
    "yaml": ("application/yaml", "RFC 9512"),
    "yml": ("application/yaml", "RFC 9512"),
}

WEB = """
7z aac ai aif aiff apk apng appcache atom avi avif azw azw3 bin bmp br bz2 c
cer cjs conf crt css csv deb diff djvu dmg doc docx dtd eot eps epub exe flac
flv geojson gif glb gltf gml gpx gz h heic heif htm html ico ics ifb ini iso
jar jfif jp2 jpe jpeg jpg jrd js json jsonld jxl jxr kml kmz ktx2 log m3u m3u8
m4a m4v map md mid midi mjs mkv mml mov mp2 mp3 mp4 mpd mpeg mpg mpga msi n3
nt obj odg odp ods odt oga ogg ogv ogx opus otf patch pdf pem png ppt pptx ps
rar rdf rss rtf shtml spx srt stl svg tar tex text tgz tif tiff toml torrent
ts tsv ttc ttf ttl ttml txt usdz vcf vtt wasm wav weba webm webmanifest webp
wma wmv woff woff2 xhtml xls xlsx xml xsl xslt xz yaml yml zip zst
""".split()


@pytest.fixture(scope="module")
def debian():
    """Debian's types by extension."""
    types = {}
    for line in Path("/etc/mime.types").read_text().splitlines():
        words = line.split("#")[0].split()
        for extension in words[1:]:
            types.setdefault(extension, set()).add(words[0])
    return types


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """What the server says of a file of each extension."""
    folder = tmp_path_factory.mktemp("types")
    root = folder / "root"
    root.mkdir()
    types = {}
    for extension in [*WEB, "unknown"]:
        (root / f"file.{extension}").write_bytes(b"x")
    server = Server(folder, root=root)
    try:
        with server.client() as client:
            for extension in [*WEB, "unknown"]:
                res = client.get(f"/file.{extension}")
                assert res.status == 200
                types[extension] = res.get("Content-Type")
    finally:
        server.stop()
    return types


@pytest.mark.parametrize("extension", WEB)
def test_type(served, debian, extension):
    """Debian's, or the exception, which has to be one."""
    kind, _, charset = served[extension].partition("; ")
    if extension in EXCEPTIONS:
        assert kind == EXCEPTIONS[extension][0]
        assert kind not in debian.get(extension, set()), "no exception"
    else:
        assert kind in debian[extension]
    assert charset == ("charset=utf-8" if kind.startswith("text/") else "")


def test_unknown(served):
    """Nothing is guessed."""
    assert served["unknown"] == "application/octet-stream"


def test_every_extension_is_here():
    """The server's table has no extension that is not compared."""
    rows = [row.split() for row in re.findall(r'^\t"([^/"]+)\\n"', SOURCE.read_text(), re.M)]
    assert {word for row in rows for word in row[1:] or row} == set(WEB)
