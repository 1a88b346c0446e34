/* SPDX-License-Identifier: MIT */
/*
 * Media types: see site/mime.h. The table is one text, a line for each type
 * and behind it the extensions, as in Debian's /etc/mime.types, with "*" for
 * "application/" and without what all text is declared as. An array of
 * pointers would be three times as large and need relocations. It is searched
 * from its start, which takes a microsecond or two, once for each file that
 * is opened.
 */
#include "site/mime.h"

static const char types[] =
	"*atom+xml .atom\n"
	"*dash+xml .mpd\n"
	"*epub+zip .epub\n"
	"*geo+json .geojson\n"
	"*gml+xml .gml\n"
	"*gpx+xml .gpx\n"
	"*gzip .gz .tgz\n"
	"*java-archive .jar\n"
	"*jrd+json .jrd\n"
	"*json .json .map\n"
	"*ld+json .jsonld\n"
	"*manifest+json .webmanifest\n"
	"*mathml+xml .mml\n"
	"*msword .doc\n"
	"*n-triples .nt\n"
	"*octet-stream .bin\n"
	"*ogg .ogx\n"
	"*pdf .pdf\n"
	"*pem-certificate-chain .pem\n"
	"*pkix-cert .cer\n"
	"*postscript .ai .eps .ps\n"
	"*rdf+xml .rdf\n"
	"*rss+xml .rss\n"
	"*rtf .rtf\n"
	"*toml .toml\n"
	"*ttml+xml .ttml\n"
	"*vnd.amazon.ebook .azw\n"
	"*vnd.amazon.mobi8-ebook .azw3\n"
	"*vnd.android.package-archive .apk\n"
	"*vnd.apple.mpegurl .m3u8\n"
	"*vnd.debian.binary-package .deb\n"
	"*vnd.google-earth.kml+xml .kml\n"
	"*vnd.google-earth.kmz .kmz\n"
	"*vnd.microsoft.portable-executable .exe\n"
	"*vnd.ms-excel .xls\n"
	"*vnd.ms-fontobject .eot\n"
	"*vnd.ms-powerpoint .ppt\n"
	"*vnd.oasis.opendocument.graphics .odg\n"
	"*vnd.oasis.opendocument.presentation .odp\n"
	"*vnd.oasis.opendocument.spreadsheet .ods\n"
	"*vnd.oasis.opendocument.text .odt\n"
	"*vnd.openxmlformats-officedocument.presentationml.presentation .pptx\n"
	"*vnd.openxmlformats-officedocument.spreadsheetml.sheet .xlsx\n"
	"*vnd.openxmlformats-officedocument.wordprocessingml.document .docx\n"
	"*vnd.rar .rar\n"
	"*wasm .wasm\n"
	"*x-7z-compressed .7z\n"
	"*x-apple-diskimage .dmg\n"
	"*x-bittorrent .torrent\n"
	"*x-brotli .br\n"
	"*x-bzip2 .bz2\n"
	"*x-iso9660-image .iso\n"
	"*x-msi .msi\n"
	"*x-tar .tar\n"
	"*x-x509-ca-cert .crt\n"
	"*x-xz .xz\n"
	"*xhtml+xml .xhtml\n"
	"*xml-dtd .dtd\n"
	"*xslt+xml .xsl .xslt\n"
	"*yaml .yaml .yml\n"
	"*zip .zip\n"
	"*zstd .zst\n"
	"audio/aac .aac\n"
	"audio/flac .flac\n"
	"audio/midi .mid .midi\n"
	"audio/mp4 .m4a\n"
	"audio/mpeg .mp2 .mp3 .mpga\n"
	"audio/mpegurl .m3u\n"
	"audio/ogg .oga .ogg .opus .spx\n"
	"audio/wav .wav\n"
	"audio/webm .weba\n"
	"audio/x-aiff .aif .aiff\n"
	"audio/x-ms-wma .wma\n"
	"font/collection .ttc\n"
	"font/otf .otf\n"
	"font/ttf .ttf\n"
	"font/woff .woff\n"
	"font/woff2 .woff2\n"
	"image/apng .apng\n"
	"image/avif .avif\n"
	"image/bmp .bmp\n"
	"image/gif .gif\n"
	"image/heic .heic\n"
	"image/heif .heif\n"
	"image/jp2 .jp2\n"
	"image/jpeg .jfif .jpe .jpeg .jpg\n"
	"image/jxl .jxl\n"
	"image/jxr .jxr\n"
	"image/ktx2 .ktx2\n"
	"image/png .png\n"
	"image/svg+xml .svg\n"
	"image/tiff .tif .tiff\n"
	"image/vnd.djvu .djvu\n"
	"image/vnd.microsoft.icon .ico\n"
	"image/webp .webp\n"
	"model/gltf+json .gltf\n"
	"model/gltf-binary .glb\n"
	"model/obj .obj\n"
	"model/stl .stl\n"
	"model/vnd.usdz+zip .usdz\n"
	"text/cache-manifest .appcache\n"
	"text/calendar .ics .ifb\n"
	"text/css .css\n"
	"text/csv .csv\n"
	"text/html .htm .html .shtml\n"
	"text/javascript .cjs .js .mjs\n"
	"text/markdown .md\n"
	"text/n3 .n3\n"
	"text/plain .c .conf .h .ini .log .srt .text .txt\n"
	"text/tab-separated-values .tsv\n"
	"text/turtle .ttl\n"
	"text/vcard .vcf\n"
	"text/vtt .vtt\n"
	"text/x-diff .diff .patch\n"
	"text/x-tex .tex\n"
	"text/xml .xml\n"
	"video/matroska .mkv\n"
	"video/mp2t .ts\n"
	"video/mp4 .m4v .mp4\n"
	"video/mpeg .mpeg .mpg\n"
	"video/ogg .ogv\n"
	"video/quicktime .mov\n"
	"video/webm .webm\n"
	"video/x-flv .flv\n"
	"video/x-ms-wmv .wmv\n"
	"video/x-msvideo .avi\n";

/* ".html" of "/docs/page.html", empty if there is none. */
static struct span find_extension(struct span name)
{
	for (size_t i = name.len; i > 0; i--) {
		if (name.ptr[i - 1] == '/')
			break;
		if (name.ptr[i - 1] == '.')
			return span_skip(name, i - 1);
	}
	return span_skip(name, name.len);
}

/* Whether @list, with spaces between its words, has the word @extension. */
static bool has_word(struct span list, struct span extension)
{
	while (list.len) {
		size_t n = span_find(list, ' ');

		if (span_equal_nocase(extension, (struct span){ list.ptr, n }))
			return true;
		list = span_skip(list, n < list.len ? n + 1 : n);
	}
	return false;
}

static void put_type(struct buf *out, struct span type)
{
	if (type.ptr[0] == '*') {
		buf_puts(out, "application/");
		type = span_skip(type, 1);
	}
	buf_put(out, type);
	if (span_starts(type, SPAN("text/")))
		buf_puts(out, "; charset=utf-8");
}

void site_mime_put(struct buf *out, struct span name)
{
	struct span extension = find_extension(name);
	struct span rest = SPAN(types);

	while (rest.len && extension.len > 1) {
		struct span line = { rest.ptr, span_find(rest, '\n') };
		size_t n = span_find(line, ' ');

		if (has_word(span_skip(line, n + 1), extension)) {
			put_type(out, (struct span){ line.ptr, n });
			return;
		}
		rest = span_skip(rest, line.len + 1);
	}
}
