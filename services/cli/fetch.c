/* fetch: reading the services' HTTP queries. */
#include "services/cli/fetch.h"

#include "common/limits.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

enum { CONNECT_MS = 3000, ANSWER_MS = 30000, PAGE_SIZE = 500 };

struct fetcher {
    CURL *handle; /* keeps one connection a host */
};

static size_t body_take(char *bytes, size_t size, size_t count, void *context)
{
    struct buf *out = context;
    if (out->size + size * count > BATCH_SIZE_MAX)
        return 0;
    buf_add(out, bytes, size * count);
    return size * count;
}

static CURL *handle_of(struct cli *c)
{
    if (c->fetcher != NULL)
        return c->fetcher->handle;
    static struct fetcher fetcher; /* not in the arena: pollers change arenas */
    c->fetcher = &fetcher;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    c->fetcher->handle = curl_easy_init();
    assert(c->fetcher->handle != NULL);
    return c->fetcher->handle;
}

void fetcher_close(struct cli *c)
{
    if (c->fetcher == NULL)
        return;
    curl_easy_cleanup(c->fetcher->handle);
    curl_global_cleanup();
    c->fetcher = NULL;
}

bool fetch(struct cli *c, const char *service, struct str path, struct reply *out, struct err *e)
{
    struct str address = c->stack.http[service_index(service)];
    memset(out, 0, sizeof *out);
    if (!str_present(address))
        return err_set(e, ERR_RETRY,
                       "the address of %s is not known: batuta up, or --http %s=HOST:PORT", service,
                       service);
    CURL *h = handle_of(c);
    struct buf body = {.arena = c->arena};
    struct str url = arena_printf(c->arena, "http://%.*s%.*s", STR_ARG(address), STR_ARG(path));
    long status = 0;
    curl_easy_reset(h);
    curl_easy_setopt(h, CURLOPT_URL, url.at);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, body_take);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS);
    curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    CURLcode code = curl_easy_perform(h);
    if (code != CURLE_OK)
        return err_set(e, ERR_RETRY, "%s does not answer at %.*s: %s", service, STR_ARG(address),
                       curl_easy_strerror(code));
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
    struct fault f;
    out->status = (int)status;
    out->text = buf_done(&body);
    while (out->text.size > 0 && out->text.at[out->text.size - 1] == '\n')
        out->text.size--;
    if (!node_parse(out->text, BATCH_SIZE_MAX, c->arena, &out->body, &f))
        out->body = NULL;
    return true;
}

static int status_refused(struct cli *c, const char *service, const char *what,
                          const struct reply *r)
{
    const struct node *detail = r->body != NULL ? node_find(r->body, "detail") : NULL;
    struct str text = detail != NULL && detail->kind == NODE_TEXT ? detail->text : STR_NONE;
    if (r->status == 404)
        return cli_end(c, END_NOT_FOUND, "there is no %s", what);
    return cli_end(c, r->status >= 500 ? END_UNAVAILABLE : END_FAILED,
                   "%s answered %d for %s%s%.*s", service, r->status, what,
                   str_present(text) ? ": " : "", STR_ARG(text));
}

int fetch_item(struct cli *c, const char *service, struct str path, const char *what,
               struct reply *out)
{
    struct err e = {0};
    if (!fetch(c, service, path, out, &e))
        return cli_end(c, END_UNAVAILABLE, "%s", e.text);
    if (out->status != 200)
        return status_refused(c, service, what, out);
    if (out->body == NULL)
        return cli_end(c, END_UNAVAILABLE, "%s sent something that is no JSON", service);
    return END_OK;
}

static void list_add(struct arena *a, struct node_list *list, const struct node *n)
{
    if (list->count == list->room) {
        size_t room = list->room > 0 ? 2 * list->room : PAGE_SIZE;
        const struct node **items = arena_array(a, const struct node *, room);
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = n;
}

int fetch_list(struct cli *c, const char *service, struct str path, size_t limit,
               struct node_list *out)
{
    struct str cursor = STR_NONE;
    memset(out, 0, sizeof *out);
    do {
        struct reply r;
        size_t left = limit - out->count, page = left < PAGE_SIZE ? left : PAGE_SIZE;
        struct str url = url_add(c->arena, path, "limit", arena_printf(c->arena, "%zu", page));
        int code = fetch_item(c, service, url_add(c->arena, url, "cursor", cursor), "list", &r);
        if (code != END_OK)
            return code;
        const struct node *items = node_find(r.body, "items"), *next = node_find(r.body, "next");
        for (size_t i = 0; items != NULL && i < items->count && out->count < limit; i++)
            list_add(c->arena, out, &items->items[i]);
        cursor = next != NULL && next->kind == NODE_TEXT ? next->text : STR_NONE;
    } while (str_present(cursor) && out->count < limit);
    return END_OK;
}

struct str url_escape(struct arena *a, struct str text)
{
    static const char digits[] = "0123456789ABCDEF";
    struct buf out = {.arena = a};
    for (size_t i = 0; i < text.size; i++) {
        unsigned char ch = (unsigned char)text.at[i];
        bool plain = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
                     (ch >= '0' && ch <= '9') || ch == '-' || ch == '_' || ch == '.' || ch == '~';
        char escaped[3] = {'%', digits[ch >> 4], digits[ch & 15]};
        if (plain)
            buf_add(&out, text.at + i, 1);
        else
            buf_add(&out, escaped, sizeof escaped);
    }
    return buf_done(&out);
}

struct str url_add(struct arena *a, struct str path, const char *name, struct str value)
{
    if (!str_present(value))
        return path;
    bool first = path.size == 0 || memchr(path.at, '?', path.size) == NULL;
    return arena_printf(a, "%.*s%s%s=%.*s", STR_ARG(path), first ? "?" : "&", name,
                        STR_ARG(url_escape(a, value)));
}
