/* order: submit, and what comes of it. */
#include "services/cli/order.h"

#include "common/ids.h"
#include "common/limits.h"
#include "services/cli/answer.h"
#include "services/cli/draft.h"
#include "services/cli/progress.h"

#include <stdio.h>
#include <string.h>

enum { FILE_SIZE_MAX = 256 * 1024 * 1024, PAUSE_MIN_MS = 5, PAUSE_MAX_MS = 200 };
enum { DOUBT_US = 2000000, DOUBT_COUNT_MAX = 100 };

enum fate fate_of(struct str state)
{
    static const struct {
        const char *state;
        enum fate fate;
    } rows[] = {
        {"received", FATE_MOVING},          {"priced", FATE_MOVING}, {"approved", FATE_MOVING},
        {"pending_approval", FATE_WAITING}, {"rejected", FATE_OVER}, {"refused", FATE_OVER},
        {"cancelled", FATE_OVER},           {"expired", FATE_OVER},
    };
    if (str_blank(state))
        return FATE_UNKNOWN;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(state, rows[i].state))
            return rows[i].fate;
    return FATE_DONE;
}

struct str order_state(const struct node *order)
{
    const struct node *state = order != NULL ? node_find(order, "state") : NULL;
    return state != NULL && state->kind == NODE_TEXT ? state->text : STR_NONE;
}

static struct str text_of(const struct node *object, const char *name)
{
    const struct node *n = node_find(object, name);
    return n != NULL && n->kind == NODE_TEXT ? n->text : STR_NONE;
}

/* The same --key gives the same order id, so that a retry is the same order (contract: version 8 of
 * principal, type, key). */
static struct str order_id(struct cli *c, struct str principal)
{
    struct str key = args_value(&c->args, "key");
    if (!str_present(key))
        return uuid_mint(c->arena, clock_now());
    struct str parts[] = {principal, STR("batuta.orders.order.submit.v1"), key};
    return uuid_derive(c->arena, parts, ARRAY_LEN(parts));
}

bool order_complete(struct cli *c, struct str json, struct str *out, struct fault *f)
{
    const struct node *root;
    if (!node_parse(json, COMMAND_SIZE_MAX, c->arena, &root, f))
        return false;
    if (root->kind != NODE_OBJECT) { /* for the shape to refuse */
        *out = json;
        return true;
    }
    struct node *whole = arena_new(c->arena, struct node);
    struct node *items = arena_array(c->arena, struct node, root->count + 2);
    size_t count = root->count;
    if (count > 0)
        memcpy(items, root->items, count * sizeof(*items));
    struct str principal = args_value(&c->args, "principal");
    principal = str_present(principal) ? principal : text_of(root, "buyer");
    if (node_find(root, "principal") == NULL && str_present(principal))
        items[count++] =
            (struct node){.kind = NODE_TEXT, .name = STR("principal"), .text = principal};
    if (node_find(root, "order") == NULL)
        items[count++] =
            (struct node){.kind = NODE_TEXT, .name = STR("order"), .text = order_id(c, principal)};
    *whole = (struct node){.kind = NODE_OBJECT, .items = items, .count = count};
    struct buf text = {.arena = c->arena};
    node_write(whole, &text);
    *out = buf_done(&text);
    return true;
}

struct submission {
    struct parcel parcel;
    bool told; /* its fate is known and printed */
    int code;
    int64_t doubt_until; /* monotonic us; the order was there before, so a refusal comes first */
};

/* Sent as it stands, whatever it is: how bad input is tried. */
static void parcel_unchecked(struct cli *c, const struct message_type *t, struct str json,
                             struct parcel *out)
{
    const struct node *root;
    struct fault f;
    struct str key = STR_NONE;
    if (node_parse(json, COMMAND_SIZE_MAX, c->arena, &root, &f) && root->kind == NODE_OBJECT)
        key = text_of(root, "order");
    if (str_blank(key))
        key = uuid_mint(c->arena, clock_now());
    *out = (struct parcel){.type = t, .key = key, .value = json, .subject = key};
}

static int submission_prepare(struct cli *c, struct str json, struct parcel *out)
{
    const char *name =
        args_has(&c->args, "dry-run") ? "orders.order.preview" : "orders.order.submit";
    const struct message_type *t = command_type(name);
    struct fault f;
    struct str whole;
    if (args_has(&c->args, "unchecked")) {
        parcel_unchecked(c, t, json, out);
        return END_OK;
    }
    if (!order_complete(c, json, &whole, &f) || !command_check(c, t, whole, out, &f))
        return fault_print(c, t->name, &f);
    return END_OK;
}

static void order_print(struct cli *c, const struct parcel *p, struct str state,
                        const struct node *order)
{
    if (c->json && order != NULL) {
        struct buf out = {.arena = c->arena};
        node_write(order, &out);
        cli_print(buf_done(&out));
        return;
    }
    if (c->json) {
        struct draft d = draft_new(c->arena);
        draft_open(&d, NULL, "{");
        draft_text(&d, "order", p->key);
        draft_text(&d, "command_id", p->id);
        draft_text(&d, "state", state);
        draft_close(&d, "}");
        cli_print(draft_done(&d));
        return;
    }
    printf("%.*s %.*s\n", STR_ARG(p->key), STR_ARG(str_present(state) ? state : STR("sent")));
}

static void reasons_print(struct cli *c, const struct node *order)
{
    const struct node *reasons = node_find(order, "reasons");
    for (size_t i = 0; !c->json && reasons != NULL && i < reasons->count; i++) {
        const struct node *r = &reasons->items[i];
        cli_note("  %.*s%s%.*s: %.*s", STR_ARG(text_of(r, "code")),
                 str_blank(text_of(r, "path")) ? "" : " at ", STR_ARG(text_of(r, "path")),
                 STR_ARG(text_of(r, "text")));
        if (!str_blank(text_of(r, "remedy")))
            cli_note("    do: %.*s", STR_ARG(text_of(r, "remedy")));
    }
}

/* One look at the order; true when there is nothing more to wait for. */
static bool submission_look(struct cli *c, struct submission *s, struct err *e)
{
    struct reply r;
    struct answer a;
    struct str id = url_escape(c->arena, s->parcel.key);
    struct str path = arena_printf(c->arena, "/orders/%.*s", STR_ARG(id));
    if (!answer_look(c, "orders", s->parcel.id, &a, e))
        return false;
    if (a.known && !a.accepted) {
        s->told = true;
        s->code = answer_print(c, &s->parcel, &a);
        return true;
    }
    if (!fetch(c, "orders", path, &r, e) || r.status != 200 || r.body == NULL)
        return false;
    enum fate fate = fate_of(order_state(r.body));
    if (fate == FATE_UNKNOWN || fate == FATE_MOVING || clock_monotonic_us() < s->doubt_until)
        return false;
    order_print(c, &s->parcel, order_state(r.body), r.body);
    if (fate == FATE_OVER)
        reasons_print(c, r.body);
    s->told = true;
    s->code = fate == FATE_OVER ? END_FAILED : fate == FATE_WAITING ? END_WAITING : END_OK;
    return true;
}

/* Looks at each that is open until all are told or the time is over. */
static int submissions_await(struct cli *c, struct submission *all, size_t count)
{
    struct arena scratch;
    struct progress bar = progress_new("orders", count);
    int64_t until = clock_monotonic_us() + cli_timeout_ms(c) * 1000;
    struct err e = {0};
    size_t open = count;
    int wait_ms = PAUSE_MIN_MS;
    arena_init(&scratch);
    struct arena *kept = cli_arena_swap(c, &scratch);
    while (open > 0 && clock_monotonic_us() < until) {
        size_t before = open;
        for (size_t i = 0; i < count; i++) {
            arena_reset(&scratch);
            open -= !all[i].told && submission_look(c, &all[i], &e);
        }
        progress_step(&bar, count - open);
        wait_ms = open < before || wait_ms >= PAUSE_MAX_MS ? wait_ms : wait_ms * 2;
        if (open > 0)
            pause_ms(wait_ms);
    }
    progress_end(&bar);
    c->arena = kept;
    arena_release(&scratch);
    if (open == 0)
        return END_OK;
    return cli_end(c, END_UNAVAILABLE, "%zu of %zu orders have no fate yet%s%s", open, count,
                   e.text[0] ? ": " : "", e.text);
}

/* A file is one order, or JSON lines: then each line that is not empty is one. */
static size_t orders_split(struct str text, struct str *out, size_t room)
{
    size_t count = 0;
    while (text.size > 0) {
        const char *feed = memchr(text.at, '\n', text.size);
        size_t size = feed != NULL ? (size_t)(feed - text.at) : text.size;
        struct str line = {text.at, size > 0 && text.at[size - 1] == '\r' ? size - 1 : size};
        if (line.size > 0 && count < room)
            out[count] = line;
        count += line.size > 0;
        text = (struct str){text.at + size + (feed != NULL), text.size - size - (feed != NULL)};
    }
    return count;
}

/* JSON lines: two lines or more, and each but the last is whole. */
static bool is_lines(struct str text)
{
    struct str first[2];
    if (orders_split(text, first, 2) < 2)
        return false;
    return first[0].at[0] == '{' && first[0].at[first[0].size - 1] == '}' && first[1].at[0] == '{';
}

static int worst_code(const struct submission *all, size_t count)
{
    int worst = END_OK;
    for (size_t i = 0; i < count; i++)
        if (all[i].code != END_OK && (worst == END_OK || worst == END_WAITING))
            worst = all[i].code;
    return worst;
}

/* An id that is in use already: what the order shows may be of the earlier submit, and a conflict
 * that is not told yet would be overlooked. Only ids that came from outside can be in use. */
static void doubt_set(struct cli *c, struct submission *s)
{
    struct reply r;
    struct err e = {0};
    struct str id = url_escape(c->arena, s->parcel.key);
    struct str path = arena_printf(c->arena, "/orders/%.*s", STR_ARG(id));
    if (fetch(c, "orders", path, &r, &e) && r.status == 200)
        s->doubt_until = clock_monotonic_us() + DOUBT_US;
}

static int submissions_run(struct cli *c, struct submission *all, size_t count)
{
    struct err e = {0};
    bool wait = args_has(&c->args, "wait") || args_has(&c->args, "dry-run");
    for (size_t i = 0; i < count && wait && count <= DOUBT_COUNT_MAX; i++)
        if (!all[i].told)
            doubt_set(c, &all[i]);
    for (size_t i = 0; i < count; i++)
        if (!all[i].told && !sender_put(c, &all[i].parcel, &e))
            return cli_end(c, END_UNAVAILABLE, "%s", e.text);
    if (!sender_flush(c, &e))
        return cli_end(c, END_UNAVAILABLE, "%s", e.text);
    for (size_t i = 0; i < count && !wait; i++)
        if (!all[i].told)
            order_print(c, &all[i].parcel, STR_NONE, NULL);
    int code = wait ? submissions_await(c, all, count) : END_OK;
    int worst = worst_code(all, count);
    return worst != END_OK ? worst : code;
}

int run_order_submit(struct cli *c)
{
    struct err e = {0};
    struct str text;
    if (!file_read(c->arena, args_word(&c->args, 0).at, FILE_SIZE_MAX, &text, &e))
        return cli_end(c, END_USAGE, "%s", e.text);
    bool lines = is_lines(text);
    size_t count = lines ? orders_split(text, NULL, 0) : 1;
    struct str *parts = arena_array(c->arena, struct str, count);
    parts[0] = text;
    if (lines)
        orders_split(text, parts, count);
    struct submission *all = arena_array(c->arena, struct submission, count);
    for (size_t i = 0; i < count; i++) {
        all[i].code = submission_prepare(c, parts[i], &all[i].parcel);
        all[i].told = all[i].code != END_OK;
        if (all[i].told && lines)
            cli_note("  in line %zu", i + 1);
    }
    if (count == 1 && all[0].told)
        return all[0].code;
    return submissions_run(c, all, count);
}

int run_order_cancel(struct cli *c)
{
    struct reply r;
    struct str principal = args_value(&c->args, "principal");
    int code = order_find(c, args_word(&c->args, 0), &r);
    if (code != END_OK)
        return code;
    struct str key = args_value(&c->args, "key");
    struct draft d = draft_new(c->arena);
    draft_open(&d, NULL, "{");
    draft_text(&d, "order", text_of(r.body, "order"));
    draft_text(&d, "principal", str_present(principal) ? principal : text_of(r.body, "principal"));
    draft_text(&d, "idempotency_key", str_present(key) ? key : uuid_mint(c->arena, clock_now()));
    draft_text(&d, "reason", args_value(&c->args, "reason"));
    draft_close(&d, "}");
    return command_run(c, "orders.order.cancel", draft_done(&d));
}
