/* SPDX-License-Identifier: MIT */
/*
 * Media types: see site/mime.h. The table is one text. A line is a type and
 * behind it the extensions, which are left out where there is one and it is
 * the type's own name. A line with a slash in front is what the types of the
 * lines below it begin with. An array of pointers would be three times as large
 * and need relocations. It is searched from its start, once for each file that
 * is opened: what sites are made of comes first.
 */
#include "site/mime.h"

static const char media_types[] =
	"/text/\n"
	"cache-manifest appcache\n"
	"calendar ics ifb\n"
	"css\n"
	"csv\n"
	"html htm html shtml\n"
	"javascript cjs js mjs\n"
	"markdown md\n"
	"n3\n"
	"plain c conf h ini log srt text txt\n"
	"tab-separated-values tsv\n"
	"turtle ttl\n"
	"vcard vcf\n"
	"vtt\n"
	"x-diff diff patch\n"
	"x-tex tex\n"
	"xml\n"
	"/image/\n"
	"apng\n"
	"avif\n"
	"bmp\n"
	"gif\n"
	"heic\n"
	"heif\n"
	"jp2\n"
	"jpeg jfif jpe jpeg jpg\n"
	"jxl\n"
	"jxr\n"
	"ktx2\n"
	"png\n"
	"svg+xml svg\n"
	"tiff tif tiff\n"
	"vnd.djvu djvu\n"
	"vnd.microsoft.icon ico\n"
	"webp\n"
	"/font/\n"
	"collection ttc\n"
	"otf\n"
	"ttf\n"
	"woff\n"
	"woff2\n"
	"/application/vnd.openxmlformats-officedocument.\n"
	"presentationml.presentation pptx\n"
	"spreadsheetml.sheet xlsx\n"
	"wordprocessingml.document docx\n"
	"/application/vnd.oasis.opendocument.\n"
	"graphics odg\n"
	"presentation odp\n"
	"spreadsheet ods\n"
	"text odt\n"
	"/application/\n"
	"atom+xml atom\n"
	"dash+xml mpd\n"
	"epub+zip epub\n"
	"geo+json geojson\n"
	"gml+xml gml\n"
	"gpx+xml gpx\n"
	"gzip gz tgz\n"
	"java-archive jar\n"
	"jrd+json jrd\n"
	"json json map\n"
	"ld+json jsonld\n"
	"manifest+json webmanifest\n"
	"mathml+xml mml\n"
	"msword doc\n"
	"n-triples nt\n"
	"octet-stream bin\n"
	"ogg ogx\n"
	"pdf\n"
	"pem-certificate-chain pem\n"
	"pkix-cert cer\n"
	"postscript ai eps ps\n"
	"rdf+xml rdf\n"
	"rss+xml rss\n"
	"rtf\n"
	"toml\n"
	"ttml+xml ttml\n"
	"vnd.amazon.ebook azw\n"
	"vnd.amazon.mobi8-ebook azw3\n"
	"vnd.android.package-archive apk\n"
	"vnd.apple.mpegurl m3u8\n"
	"vnd.debian.binary-package deb\n"
	"vnd.google-earth.kml+xml kml\n"
	"vnd.google-earth.kmz kmz\n"
	"vnd.microsoft.portable-executable exe\n"
	"vnd.ms-excel xls\n"
	"vnd.ms-fontobject eot\n"
	"vnd.ms-powerpoint ppt\n"
	"vnd.rar rar\n"
	"wasm\n"
	"x-7z-compressed 7z\n"
	"x-apple-diskimage dmg\n"
	"x-bittorrent torrent\n"
	"x-brotli br\n"
	"x-bzip2 bz2\n"
	"x-iso9660-image iso\n"
	"x-msi msi\n"
	"x-tar tar\n"
	"x-x509-ca-cert crt\n"
	"x-xz xz\n"
	"xhtml+xml xhtml\n"
	"xml-dtd dtd\n"
	"xslt+xml xsl xslt\n"
	"yaml yaml yml\n"
	"zip\n"
	"zstd zst\n"
	"/audio/\n"
	"aac\n"
	"flac\n"
	"midi mid midi\n"
	"mp4 m4a\n"
	"mpeg mp2 mp3 mpga\n"
	"mpegurl m3u\n"
	"ogg oga ogg opus spx\n"
	"wav\n"
	"webm weba\n"
	"x-aiff aif aiff\n"
	"x-ms-wma wma\n"
	"/model/\n"
	"gltf+json gltf\n"
	"gltf-binary glb\n"
	"obj\n"
	"stl\n"
	"vnd.usdz+zip usdz\n"
	"/video/\n"
	"matroska mkv\n"
	"mp2t ts\n"
	"mp4 m4v mp4\n"
	"mpeg mpeg mpg\n"
	"ogg ogv\n"
	"quicktime mov\n"
	"webm\n"
	"x-flv flv\n"
	"x-ms-wmv wmv\n"
	"x-msvideo avi\n";

/* "html" of "/docs/page.html", empty if there is none. */
static struct span find_extension(struct span name)
{
	for (size_t i = name.len; i > 0 && name.ptr[i - 1] != '/'; i--)
		if (name.ptr[i - 1] == '.')
			return span_skip(name, i);
	return span_skip(name, name.len);
}

/* Whether @list, with spaces between its words, has the word @extension. */
static bool has_word(struct span list, struct span extension)
{
	while (list.len)
		if (span_equal_nocase(extension, span_take(&list, ' ')))
			return true;
	return false;
}

void site_mime_put(struct buf *out, struct span name)
{
	struct span extension = find_extension(name);
	struct span rest = SPAN(media_types);
	struct span group = rest;

	while (rest.len && extension.len) {
		struct span words = span_take(&rest, '\n');
		struct span type = span_take(&words, ' ');

		if (type.ptr[0] == '/') {
			group = span_skip(type, 1);
			continue;
		}
		if (!has_word(words.len ? words : type, extension))
			continue;
		buf_put(out, group);
		buf_put(out, type);
		if (span_equal(group, SPAN("text/")))
			buf_puts(out, "; charset=utf-8");
		return;
	}
}
