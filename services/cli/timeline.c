/* timeline: what every service told about one order. */
#include "services/cli/timeline.h"

#include "services/cli/grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENT_COUNT_MAX = 20000 };

static struct str text_of(const struct node *object, const char *name)
{
    const struct node *n = node_find(object, name);
    return n != NULL && n->kind == NODE_TEXT ? n->text : STR_NONE;
}

static int64_t integer_of(const struct node *object, const char *name)
{
    const struct node *n = node_find(object, name);
    return n != NULL && n->kind == NODE_INTEGER ? n->integer : 0;
}

/* Postgres writes "+00:00" where we write "Z". */
static int64_t instant_of(const struct node *event)
{
    char text[40];
    struct instant t = {0};
    struct str at = text_of(event, "recorded_at");
    if (at.size < 20 || at.size >= sizeof text)
        return 0;
    size_t size = at.at[at.size - 1] == 'Z' ? at.size - 1 : strcspn(at.at, "+");
    memcpy(text, at.at, size);
    text[size] = 'Z';
    return instant_read((struct str){text, size + 1}, &t) ? t.at : 0;
}

static int event_order(const void *a, const void *b)
{
    const struct node *const *x = a, *const *y = b;
    int64_t left = instant_of(*x), right = instant_of(*y);
    if (left != right)
        return left < right ? -1 : 1;
    int by_service = str_compare(text_of(*x, "service"), text_of(*y, "service"));
    if (by_service != 0)
        return by_service;
    left = integer_of(*x, "seq");
    right = integer_of(*y, "seq");
    return (left > right) - (left < right);
}

void timeline_load(struct cli *c, struct str order, struct timeline *out)
{
    out->events = arena_array(c->arena, const struct node *, EVENT_COUNT_MAX);
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        struct reply r;
        struct err e = {0};
        struct str id = url_escape(c->arena, order);
        struct str path = arena_printf(c->arena, "/orders/%.*s/timeline", STR_ARG(id));
        if (!fetch(c, service_names[i], path, &r, &e) || (r.status != 200 && r.status != 404)) {
            out->away[out->away_count++] = service_names[i];
            continue;
        }
        const struct node *list = r.body;
        if (list != NULL && list->kind == NODE_OBJECT)
            list = node_find(list, "items");
        for (size_t n = 0; r.status == 200 && list != NULL && n < list->count; n++)
            if (out->count < EVENT_COUNT_MAX)
                out->events[out->count++] = &list->items[n];
    }
    qsort(out->events, out->count, sizeof(*out->events), event_order);
}

/* "batuta.orders.order.confirmed.v1" -> "order confirmed". */
static struct str type_short(struct arena *a, struct str type)
{
    int dots = 0;
    size_t from = 0;
    for (; from < type.size && dots < 2; from++)
        dots += type.at[from] == '.';
    size_t to = type.size >= from + 3 ? type.size - 3 : type.size;
    char *text = arena_cstr(a, (struct str){type.at + from, to - from});
    for (char *at = text; *at != '\0'; at++)
        if (*at == '.' || *at == '_')
            *at = ' ';
    return str_of(text);
}

static void add(struct buf *out, const char *label, struct str text)
{
    if (text.size > 0)
        buf_printf(out, "%s%s%.*s", out->size > 0 ? "; " : "", label, STR_ARG(text));
}

/* What an event says, as far as a line has room. */
static struct str event_gist(struct arena *a, const struct node *body)
{
    struct buf out = {.arena = a};
    static const struct {
        const char *label, *path;
    } rows[] = {
        {"", "state"},           {"total ", "total"},
        {"at ", "node"},         {"sub-order ", "sub_order"},
        {"partner ", "partner"}, {"", "answer"},
        {"to ", "recipient"},    {"about ", "kind"},
        {"by ", "carrier"},      {"tracking ", "tracking"},
        {"because ", "cause"},   {"", "reasons/0/code"},
        {"", "reasons/0/text"},  {"waits for ", "waiting/0/roles"},
        {"", "detail"},          {"", "code"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        add(&out, rows[i].label, grid_text(a, body, rows[i].path));
    return buf_done(&out);
}

/* "/batuta/pricing/2#1-55": the event of pricing with that id, when it is about this order. */
static const struct node *event_named(struct arena *a, const struct timeline *t, struct str source,
                                      struct str id)
{
    for (size_t i = 0; i < t->count; i++) {
        struct str service = text_of(t->events[i], "service");
        struct str prefix = arena_printf(a, "/batuta/%.*s/", STR_ARG(service));
        if (str_eq(text_of(t->events[i], "id"), id) && str_starts(source, prefix.at))
            return t->events[i];
    }
    return NULL;
}

/* What led to an event, in words; blank when it is not told. */
static struct str event_cause(struct arena *a, const struct timeline *t, const struct node *event)
{
    struct str cause = text_of(event, "cause");
    const char *mark = cause.size > 0 ? memchr(cause.at, '#', cause.size) : NULL;
    if (str_starts(cause, "timer/"))
        return STR("a timer");
    if (mark == NULL)
        return STR("");
    struct str source = {cause.at, (size_t)(mark - cause.at)};
    struct str id = {mark + 1, cause.size - source.size - 1};
    const struct node *from = event_named(a, t, source, id);
    if (from == NULL)
        return arena_printf(a, "a command from %.*s", STR_ARG(source));
    return arena_printf(a, "%.*s", STR_ARG(type_short(a, text_of(from, "type"))));
}

void timeline_print(struct cli *c, const struct timeline *t, size_t from)
{
    for (size_t i = from; i < t->count; i++) {
        const struct node *event = t->events[i], *body = node_find(event, "body");
        struct instant at = {instant_of(event)};
        struct str gist = body != NULL ? event_gist(c->arena, body) : STR("");
        char text[INSTANT_TEXT_SIZE] = "";
        if (c->json) {
            struct buf out = {.arena = c->arena};
            node_write(event, &out);
            cli_print(buf_done(&out));
            continue;
        }
        instant_write(at, text);
        if (text[19] == 'Z')
            snprintf(text + 19, sizeof text - 19, ".000000Z");
        struct str cause = event_cause(c->arena, t, event);
        printf("  %.10s %.12s  %-13.*s %-26.*s %.*s%s%.*s\n", text, text + 11,
               STR_ARG(text_of(event, "service")),
               STR_ARG(type_short(c->arena, text_of(event, "type"))), STR_ARG(gist),
               cause.size > 0 ? "  <- " : "", STR_ARG(cause));
    }
}

void timeline_json(struct cli *c, const struct node *order, const struct timeline *t)
{
    struct buf out = {.arena = c->arena};
    buf_text(&out, "{\"order\":");
    node_write(order, &out);
    buf_text(&out, ",\"timeline\":[");
    for (size_t i = 0; i < t->count; i++) {
        buf_text(&out, i > 0 ? ",\n" : "\n");
        node_write(t->events[i], &out);
    }
    buf_text(&out, "]}");
    cli_print(buf_done(&out));
}
