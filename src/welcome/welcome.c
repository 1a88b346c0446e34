/* SPDX-License-Identifier: MIT */
/*
 * welcome: the page that `make run` shows. It explains scratchd, and it has in
 * it the request that it was asked for with, as the server saw it, and the size
 * of this program. No script makes it: a handler fills in a page.
 *
 * ROOT is what `make site` makes: the folder src, whose files the page's tour
 * shows, and the pages about the system-call ABI.
 */
#include "kernel/abi.h"
#include "kernel/elf.h"
#include "kernel/start.h"
#include "serve/app.h"
#include "site/html.h"

/* Of a page with a request of the longest head, each byte of it escaped. */
#define PAGE_MAX (96 << 10)

/* index.html, as it was when this was compiled; at an even address, which is
 * what s390x can name. */
__asm__(".section .rodata.welcome, \"a\"\n"
	".balign 8\n"
	"welcome_page: .incbin \"src/welcome/index.html\"\n"
	".byte 0\n"
	".text\n");
extern const char __attribute__((visibility("hidden"))) welcome_page[];

/* Bytes of the file, which ends with its table of sections. */
static u64 measure_program(void)
{
	const struct elf64_hdr *wide = (const void *)__ehdr_start;
	const struct elf32_hdr *narrow = (const void *)__ehdr_start;

	if (sizeof(long) == 8)
		return wide->e_shoff + (u64)wide->e_shnum * wide->e_shentsize;
	return narrow->e_shoff + narrow->e_shnum * narrow->e_shentsize;
}

/* The lines as they came. */
static void put_request(struct buf *page, const struct http_request *r)
{
	struct span fields = r->fields;

	site_html_put_text(page, r->line);
	while (fields.len) {
		buf_put_char(page, '\n');
		struct span line = span_take(&fields, '\n');

		/* Each ends with CR, LF. */
		line.len -= line.len > 0;
		site_html_put_text(page, line);
	}
}

/* Only what the page names is fetched, from here, and none of it is run. */
static bool put_policy(struct serve_call *c)
{
	return serve_field(c, SPAN("Content-Security-Policy"),
			   SPAN("default-src 'none'; style-src 'self'; "
				"img-src 'self'; font-src 'self'; base-uri "
				"'none'; form-action 'none'; "
				"frame-ancestors 'none'")) &&
	       serve_field(c, SPAN("Cache-Control"), SPAN("no-store"));
}

static void show(struct serve_call *c)
{
	struct buf page = { c->scratch, 0, PAGE_MAX, false };
	struct span rest = span_from_string(welcome_page);

	/* "$r": the request; "$s": size; "$a": architecture; "$v": version */
	while (rest.len) {
		buf_put(&page, span_take(&rest, '$'));
		if (!rest.len)
			break;
		if (rest.ptr[0] == 'r')
			put_request(&page, c->request);
		else if (rest.ptr[0] == 's')
			buf_put_u64(&page, measure_program(), 1);
		else if (rest.ptr[0] == 'a')
			buf_puts(&page, SCRATCHD_ARCH);
		else
			buf_puts(&page, SCRATCHD_VERSION);
		rest = span_skip(rest, 1);
	}
	if (page.full || !put_policy(c))
		serve_reply(c, 500, SPAN("text/plain"),
			    SPAN("the request is too long to be shown\n"));
	else
		serve_reply(c, 200, SPAN("text/html; charset=utf-8"),
			    buf_span(&page));
}

static const struct serve_route routes[] = {
	{ .method = "GET", .path = "/", .scratch = PAGE_MAX, .start = show },
};

int program_main(int argc, char **argv, char **envp)
{
	static const struct serve_app app = { routes, ARRAY_SIZE(routes), 0 };

	return serve_app_run(&app, argc, argv, envp);
}
