/* SPDX-License-Identifier: MIT */
/*
 * Listings: see site/listing.h. The page is written into a buffer that holds
 * a small one; when it is nearly full it goes to a file in memory. The tag is
 * a hash of each such piece with that of the pieces before for its seed.
 */
#include "site/listing.h"
#include "base/hash.h"
#include "http/date.h"
#include "http/path.h"
#include "kernel/errno.h"
#include "kernel/sys.h"
#include "site/html.h"

/* The longest row: what is in each, and a name as a link and as text. */
#define ROW_MAX (256 + 256 * (SITE_HTML_LINK_MAX + SITE_HTML_TEXT_MAX))

/*
 * The longest start of a page: the path as title and as breadcrumbs, each of
 * which goes up as many directories as are below it.
 */
#define START_MAX                                                              \
	(4096 + 2 * HTTP_PATH_MAX * SITE_HTML_TEXT_MAX +                       \
	 SITE_DEPTH_MAX * (SITE_DEPTH_MAX / 2 * 3 + 48))

_Static_assert(START_MAX + ROW_MAX <= SITE_SMALL_MAX,
	       "a page's start and its first row fit the buffer");
_Static_assert(SITE_ENTRIES_MAX * 256ULL + START_MAX +
			       SITE_ENTRIES_BYTES * (SITE_HTML_LINK_MAX +
						     SITE_HTML_TEXT_MAX) <=
		       SITE_LISTINGS_BYTES,
	       "the longest page fits where there is no other");

/* Behind the style of all pages: see site/html.h. */
static const char style[] =
	"h1{margin:.5rem 0}"
	"ol{display:flex;flex-wrap:wrap;margin:0;padding:0;list-style:none}"
	"li+li:before{content:\"/\";margin:0 .5rem;color:var(--m)}"
	"table{width:100%;border-collapse:collapse}"
	"caption,th,td{text-align:left}"
	"th,td{padding:0;border-bottom:1px solid var(--l)}"
	"td,th+th{padding-left:1rem}"
	"td,caption{color:var(--m);font-size:.9rem}"
	"tr>:nth-child(2){text-align:right;white-space:nowrap}"
	/* On a phone the date stands above the hour. */
	"td:last-child{min-width:5.2rem}"
	"@media(min-width:40rem){td,thead{white-space:nowrap}}"
	"tbody th{font-weight:400}"
	"th a{display:block}"
	"bdi{white-space:pre-wrap;overflow-wrap:anywhere}"
	"[aria-sort=ascending] a:after{content:\" \\2191\"}"
	"[aria-sort=descending] a:after{content:\" \\2193\"}";

struct page {
	struct buf out;
	struct site_entity *entity;
	const u64 *held; /* by other pages */
	u64 before;	 /* bytes that are no longer in out */
	u64 hash;	 /* of them */
	bool bodily;
	long error; /* of save(); nothing is saved after it */
	/* What is filled in. */
	struct span path;
	struct span name;
	u64 size;
	char time[20]; /* "2024-02-29T12:34:56Z" */
};

/* By enum site_key, and upwards before downwards. */
static const char queries[][12] = {
	"?sort=name",  "?sort=-name", "?sort=size",
	"?sort=-size", "?sort=time",  "?sort=-time",
};

u64 site_listing_weight(u64 size)
{
	/* The largest page of memory that Linux has is 64 KiB. */
	return (size | 0xffff) + 1;
}

struct site_order site_listing_order(struct span query)
{
	struct site_order order = { SITE_BY_NAME, false };

	query.len = span_find(query, '&');
	for (unsigned i = 0; i < ARRAY_SIZE(queries); i++)
		if (span_equal(query, span_from_string(queries[i])))
			order = (struct site_order){ i / 2, i % 2 };
	return order;
}

void site_listing_put_size(struct buf *out, u64 size)
{
	static const char units[] = "KMGTPE";
	const char *unit = units;
	u64 tenths = 0;

	for (; size >= 1024; size >>= 10, unit++)
		tenths = (size & 1023) * 10 >> 10;
	buf_put_u64(out, size, 1);
	if (unit > units) {
		buf_put_char(out, '.');
		buf_put_u64(out, tenths, 1);
	}
	buf_put_char(out, ' ');
	if (unit > units) {
		buf_put_char(out, unit[-1]);
		buf_put_char(out, 'i');
	}
	buf_put_char(out, 'B');
}

/* Without execute permission, where the kernel can say so (Linux 6.3). */
static long make_file(void)
{
	long fd = sys_memfd_create("listing", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (fd == -EINVAL)
		fd = sys_memfd_create("listing", MFD_CLOEXEC);
	return fd;
}

/* What is in the buffer goes behind what is in the file. */
static long save(struct page *p)
{
	struct span rest = buf_span(&p->out);

	if (*p->held + site_listing_weight(p->before + rest.len) >
	    SITE_LISTINGS_BYTES)
		return -EAGAIN;
	if (p->entity->fd < 0) {
		long fd = make_file();

		if (fd < 0)
			return fd;
		p->entity->fd = (int)fd;
	}
	while (rest.len) {
		long n = sys_write(p->entity->fd, rest.ptr, rest.len);

		if (n <= 0)
			return n ? n : -ENOMEM;
		rest = span_skip(rest, (size_t)n);
	}
	return 0;
}

static void make_room(struct page *p, size_t need)
{
	BUG_ON(p->out.full);
	if (p->out.cap - p->out.len >= need)
		return;
	if (p->bodily && !p->error)
		p->error = save(p);
	p->hash = hash_xxh64(buf_span(&p->out), p->hash);
	p->before += p->out.len;
	p->out.len = 0;
}

/* What stands for $p, $n and so on. */
static void put_value(struct page *p, char what)
{
	struct buf *out = &p->out;

	switch (what) {
	case 'p':
		site_html_put_text(out, p->path);
		return;
	case 'n':
		site_html_put_text(out, p->name);
		return;
	case 'l':
		site_html_put_link(out, p->name);
		return;
	case 'b':
		buf_put_u64(out, p->size, 1);
		return;
	case 's':
		site_listing_put_size(out, p->size);
		return;
	case 't':
		buf_put(out, (struct span){ p->time, 20 });
		return;
	case 'm':
		buf_put(out, (struct span){ p->time, 10 });
		buf_put_char(out, ' ');
		buf_put(out, (struct span){ p->time + 11, 5 });
		return;
	}
	BUG_ON(true);
}

/* A piece of the page; a dollar sign and a letter are filled in. */
static void put(struct page *p, const char *template)
{
	struct span rest = span_from_string(template);

	while (rest.len) {
		struct span text = { rest.ptr, span_find(rest, '$') };

		buf_put(&p->out, text);
		rest = span_skip(rest, text.len);
		if (!rest.len)
			break;
		put_value(p, rest.ptr[1]);
		rest = span_skip(rest, 2);
	}
}

/*
 * From the root to here, relative, so that it holds behind a proxy too. At
 * the end p->name is that of the directory.
 */
static void put_breadcrumbs(struct page *p)
{
	struct span ahead = p->path;
	unsigned up = 0;

	for (size_t i = 1; i < ahead.len; i++)
		up += ahead.ptr[i] == '/';
	for (p->name = SPAN("Home");; up--) {
		put(p, up ? "<li><a href=\""
			  : "<li><a href=\"./\" aria-current=\"page");
		for (unsigned i = 0; i < up; i++)
			put(p, "../");
		put(p, "\"><bdi>$n</bdi></a></li>\n");
		if (!up)
			return;
		ahead = span_skip(ahead, span_find(ahead, '/') + 1);
		p->name = (struct span){ ahead.ptr, span_find(ahead, '/') };
	}
}

/* The first click finds the first name, the largest file, the newest. */
static void put_column(struct page *p, enum site_key key, const char *title,
		       struct site_order order)
{
	bool down = key == order.key ? !order.descending : key != SITE_BY_NAME;

	put(p, "<th scope=\"col\"");
	if (key == order.key)
		put(p, order.descending ? " aria-sort=\"descending\""
					: " aria-sort=\"ascending\"");
	put(p, "><a href=\"");
	put(p, queries[2 * key + down]);
	put(p, "\">");
	put(p, title);
	put(p, "</a></th>\n");
}

static void put_start(struct page *p, const struct site_entries *entries,
		      struct site_order order)
{
	site_html_begin(&p->out);
	put(p, "Index of $p");
	site_html_begin_main(&p->out, SPAN(style));
	put(p, "<nav aria-label=\"Breadcrumb\">\n<ol>\n");
	put_breadcrumbs(p);
	p->size = entries->count;
	put(p, "</ol>\n</nav>\n<h1><bdi>$n</bdi></h1>\n"
	       "<table>\n<caption>Entries: $b");
	if (entries->more)
		put(p, ", and there are more");
	put(p, "</caption>\n<thead>\n<tr>\n");
	put_column(p, SITE_BY_NAME, "Name", order);
	put_column(p, SITE_BY_SIZE, "Size", order);
	put_column(p, SITE_BY_TIME, "Modified (UTC)", order);
	put(p, "</tr>\n</thead>\n<tbody>\n");
	if (p->path.len > 1)
		put(p, "<tr><th scope=\"row\"><a href=\"../\">"
		       "Parent directory</a></th><td></td><td></td></tr>\n");
}

static void set_time(struct page *p, s64 time)
{
	struct http_date d = http_date_split(time);
	struct buf out = BUF(p->time);

	buf_put_u64(&out, d.year, 4);
	buf_put_char(&out, '-');
	buf_put_u64(&out, d.month + 1, 2);
	buf_put_char(&out, '-');
	buf_put_u64(&out, d.day, 2);
	buf_put_char(&out, 'T');
	http_date_put_time(&out, &d);
	buf_put_char(&out, 'Z');
}

static void put_row(struct page *p, const struct site_entries *entries,
		    const struct site_entry *entry)
{
	p->name = site_entries_name(entries, entry);
	p->size = entry->size;
	set_time(p, entry->time);
	put(p, "<tr><th scope=\"row\"><a href=\"$l");
	if (entry->is_directory)
		put(p, "/\"><bdi>$n</bdi>/</a></th><td>");
	else
		put(p, "\"><bdi>$n</bdi></a></th><td title=\"$b bytes\">$s");
	put(p, "</td><td><time datetime=\"$t\">$m</time></td></tr>\n");
}

/* The page is complete: what is left of it, and what the entity says of it. */
static long finish(struct page *p)
{
	struct site_entity *e = p->entity;

	make_room(p, ROW_MAX);
	put(p, "</tbody>\n</table>\n");
	site_html_end(&p->out);
	e->is_small = !p->before;
	e->content = buf_span(&p->out);
	e->size = p->before + p->out.len;
	site_entity_tag(e, hash_xxh64(e->content, p->hash));
	if (p->bodily && !p->error && e->size > SITE_LISTING_SMALL)
		p->error = save(p);
	if (p->error && e->fd >= 0)
		sys_close(e->fd);
	return p->error ? p->error : SITE_FILE;
}

long site_list(const struct site *site, const struct buf *path,
	       struct span query, bool bodily, struct site_entity *entity)
{
	struct page p = { .entity = entity, .bodily = bodily };
	struct site_order order = site_listing_order(query);

	struct site_entries *entries = &site->listing->entries;
	long r = site_entries_read(entries, site, path);

	if (r < 0)
		return site_is_nothing(r) ? -ENOENT : r;
	entity->is_list = true;
	entity->variant.coding = HTTP_IDENTITY;
	entity->type = SPAN("text/html; charset=utf-8");
	site_entries_sort(entries, order);
	p.path = buf_span(path);
	p.held = &site->listing->held;
	p.out = (struct buf){ entity->scratch, 0, SITE_SMALL_MAX, false };
	put_start(&p, entries, order);
	for (u32 i = 0; i < entries->count; i++) {
		make_room(&p, ROW_MAX);
		put_row(&p, entries, &entries->at[entries->sorted[i]]);
	}
	return finish(&p);
}
