/* SPDX-License-Identifier: MIT */
/*
 * Media types: see site/mime.h. The table is one text, a line each, as in
 * Debian's /etc/mime.types but by extension: an array of pointers would be
 * three times as large and need relocations. It is searched from its start,
 * which takes about a microsecond, once for each file that is opened.
 */
#include "site/mime.h"

static const char types[] =
	".7z application/x-7z-compressed\n"
	".aac audio/aac\n"
	".apk application/vnd.android.package-archive\n"
	".apng image/apng\n"
	".atom application/atom+xml\n"
	".avi video/x-msvideo\n"
	".avif image/avif\n"
	".azw application/vnd.amazon.ebook\n"
	".bin application/octet-stream\n"
	".bmp image/bmp\n"
	".br application/x-brotli\n"
	".bz2 application/x-bzip2\n"
	".c text/plain; charset=utf-8\n"
	".cjs text/javascript; charset=utf-8\n"
	".conf text/plain; charset=utf-8\n"
	".css text/css; charset=utf-8\n"
	".csv text/csv; charset=utf-8\n"
	".deb application/vnd.debian.binary-package\n"
	".dmg application/x-apple-diskimage\n"
	".doc application/msword\n"
	".docx "
	"application/"
	"vnd.openxmlformats-officedocument.wordprocessingml.document\n"
	".eot application/vnd.ms-fontobject\n"
	".epub application/epub+zip\n"
	".exe application/vnd.microsoft.portable-executable\n"
	".flac audio/flac\n"
	".geojson application/geo+json\n"
	".gif image/gif\n"
	".glb model/gltf-binary\n"
	".gltf model/gltf+json\n"
	".gpx application/gpx+xml\n"
	".gz application/gzip\n"
	".h text/plain; charset=utf-8\n"
	".heic image/heic\n"
	".heif image/heif\n"
	".htm text/html; charset=utf-8\n"
	".html text/html; charset=utf-8\n"
	".ico image/vnd.microsoft.icon\n"
	".ics text/calendar; charset=utf-8\n"
	".ini text/plain; charset=utf-8\n"
	".iso application/x-iso9660-image\n"
	".jar application/java-archive\n"
	".jpeg image/jpeg\n"
	".jpg image/jpeg\n"
	".js text/javascript; charset=utf-8\n"
	".json application/json\n"
	".jsonld application/ld+json\n"
	".jxl image/jxl\n"
	".kml application/vnd.google-earth.kml+xml\n"
	".kmz application/vnd.google-earth.kmz\n"
	".log text/plain; charset=utf-8\n"
	".m3u8 application/vnd.apple.mpegurl\n"
	".m4a audio/mp4\n"
	".m4v video/mp4\n"
	".map application/json\n"
	".md text/markdown; charset=utf-8\n"
	".mid audio/midi\n"
	".midi audio/midi\n"
	".mjs text/javascript; charset=utf-8\n"
	".mkv video/matroska\n"
	".mov video/quicktime\n"
	".mp3 audio/mpeg\n"
	".mp4 video/mp4\n"
	".mpd application/dash+xml\n"
	".mpeg video/mpeg\n"
	".mpg video/mpeg\n"
	".msi application/x-msi\n"
	".obj model/obj\n"
	".odp application/vnd.oasis.opendocument.presentation\n"
	".ods application/vnd.oasis.opendocument.spreadsheet\n"
	".odt application/vnd.oasis.opendocument.text\n"
	".oga audio/ogg\n"
	".ogg audio/ogg\n"
	".ogv video/ogg\n"
	".opus audio/ogg\n"
	".otf font/otf\n"
	".pdf application/pdf\n"
	".png image/png\n"
	".ppt application/vnd.ms-powerpoint\n"
	".pptx "
	"application/"
	"vnd.openxmlformats-officedocument.presentationml.presentation\n"
	".ps application/postscript\n"
	".rar application/vnd.rar\n"
	".rss application/rss+xml\n"
	".rtf application/rtf\n"
	".stl model/stl\n"
	".svg image/svg+xml\n"
	".tar application/x-tar\n"
	".tgz application/gzip\n"
	".tif image/tiff\n"
	".tiff image/tiff\n"
	".toml application/toml\n"
	".ts video/mp2t\n"
	".tsv text/tab-separated-values; charset=utf-8\n"
	".ttc font/collection\n"
	".ttf font/ttf\n"
	".txt text/plain; charset=utf-8\n"
	".usdz model/vnd.usdz+zip\n"
	".vtt text/vtt; charset=utf-8\n"
	".wasm application/wasm\n"
	".wav audio/wav\n"
	".weba audio/webm\n"
	".webm video/webm\n"
	".webmanifest application/manifest+json\n"
	".webp image/webp\n"
	".woff font/woff\n"
	".woff2 font/woff2\n"
	".xhtml application/xhtml+xml\n"
	".xls application/vnd.ms-excel\n"
	".xlsx "
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\n"
	".xml text/xml; charset=utf-8\n"
	".xsl application/xslt+xml\n"
	".xz application/x-xz\n"
	".yaml application/yaml\n"
	".yml application/yaml\n"
	".zip application/zip\n"
	".zst application/zstd\n";

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

struct span site_mime_find(struct span name)
{
	struct span extension = find_extension(name);
	struct span rest = SPAN(types);

	while (rest.len && extension.len > 1) {
		struct span line = { rest.ptr, span_find(rest, '\n') };
		size_t n = span_find(line, ' ');

		if (span_equal_nocase(extension, (struct span){ line.ptr, n }))
			return span_skip(line, n + 1);
		rest = span_skip(rest, line.len + 1);
	}
	return (struct span){ NULL, 0 };
}
