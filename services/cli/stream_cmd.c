/* stream: `batuta send`: many commands, one JSON line each, through one producer that stays open
 * until the input ends. What a line says goes out as it is, so that malformed input can be sent
 * too. */
#include "common/clock.h"
#include "common/digest.h"
#include "common/ids.h"
#include "common/json.h"
#include "services/cli/send.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_SIZE_MAX = 8 * 1024 * 1024,
    READ_SIZE = 256 * 1024,
    SERVE_MS = 10,
    ASK_MS = 10000,
    FLUSH_MS = 30000,
    FULL_PAUSE_MS = 5,
    TOPIC_COUNT_MAX = 128,
    TOPIC_NAME_SIZE = 256,
    HEADER_ROOM = 10
};

struct stream {
    struct cli *c;
    struct bus *bus;
    struct arena arena; /* of one line */
    bool verbose;
    size_t line_no, sent, failed;
    char *at; /* input that is not yet a line; owned */
    size_t size, room;
    struct {
        char name[TOPIC_NAME_SIZE];
        int partition_count;
    } topics[TOPIC_COUNT_MAX];
    size_t topic_count;
};

/* One line, read. */
struct item {
    struct parcel parcel; /* type NULL: not one of ours, named by type_name */
    struct str type_name, topic;
    const struct node *body;
    int64_t partition; /* -1: where the key belongs */
    bool is_unsigned;
};

static void on_report(void *context, uint64_t tag, enum bus_delivery outcome, const char *error)
{
    struct stream *s = context;
    if (outcome != BUS_DELIVERED) {
        s->failed++;
        cli_note("line %llu was not taken by the broker: %s", (unsigned long long)tag, error);
        return;
    }
    s->sent++;
    if (s->verbose)
        printf("ok %llu\n", (unsigned long long)tag);
}

static void serve(struct stream *s)
{
    size_t none = 0;
    bus_serve(s->bus, NULL, 0, &none);
}

static bool wrong(struct err *e, const char *text)
{
    return err_set(e, ERR_POISON, "%s", text);
}

/* --- reading a line */

static bool text_take(const struct node *root, const char *name, struct str *out, struct err *e)
{
    const struct node *n = node_find(root, name);
    if (n == NULL || n->kind == NODE_NULL)
        return true;
    if (n->kind != NODE_TEXT)
        return err_set(e, ERR_POISON, "\"%s\" is no text", name);
    *out = n->text;
    return true;
}

static struct str key_of(const struct message_type *t, const struct node *body)
{
    if (t == NULL || body == NULL || body->kind != NODE_OBJECT)
        return STR_NONE;
    for (size_t i = 0; i < t->shape->member_count; i++) {
        const struct member *m = &t->shape->members[i];
        if (t->key_at == OFFSET_NONE || m->offset != (size_t)t->key_at)
            continue;
        const struct node *n = node_find(body, m->name);
        return n != NULL && n->kind == NODE_TEXT ? n->text : STR_NONE;
    }
    return STR_NONE;
}

static bool bytes_take(struct stream *s, const struct node *root, struct item *out, struct err *e)
{
    struct str hex = STR_NONE;
    struct buf text = {.arena = &s->arena};
    out->body = node_find(root, "body");
    if (out->body != NULL) {
        node_write(out->body, &text);
        out->parcel.value = buf_done(&text);
        return true;
    }
    if (!text_take(root, "raw", &out->parcel.value, e) || !text_take(root, "raw_hex", &hex, e))
        return false;
    if (!str_present(hex))
        return true; /* no value at all: a tombstone */
    size_t size = hex.size / 2;
    uint8_t *bytes = arena_alloc(&s->arena, size + 1);
    if (hex.size % 2 != 0 || !hex_read(hex, bytes, size))
        return wrong(e, "\"raw_hex\" is not hexadecimal");
    out->parcel.value = (struct str){(const char *)bytes, size};
    return true;
}

static bool address_take(const struct node *root, struct item *out, struct err *e)
{
    struct parcel *p = &out->parcel;
    if (!text_take(root, "type", &out->type_name, e) || !text_take(root, "topic", &out->topic, e) ||
        !text_take(root, "id", &p->id, e))
        return false;
    if (str_present(out->type_name))
        p->type = command_type(out->type_name.at);
    if (p->type != NULL)
        out->type_name = str_of(p->type->name);
    if (p->type != NULL && !str_present(out->topic))
        out->topic = str_of(p->type->topic->name);
    if (!str_present(out->topic))
        return wrong(e, "\"type\" is no command, and no \"topic\" is named");
    p->key = key_of(p->type, out->body);
    return text_take(root, "key", &p->key, e);
}

static bool item_read(struct stream *s, struct str line, struct item *out, struct err *e)
{
    const struct node *root;
    struct fault f;
    *out = (struct item){.partition = -1};
    if (!node_parse(line, LINE_SIZE_MAX, &s->arena, &root, &f))
        return err_set(e, ERR_POISON, "%s: %.*s", f.code, STR_ARG(f.text));
    if (root->kind != NODE_OBJECT)
        return wrong(e, "it is no JSON object");
    const struct node *partition = node_find(root, "partition");
    const struct node *is_unsigned = node_find(root, "unsigned");
    if (partition != NULL && (partition->kind != NODE_INTEGER || partition->integer < 0))
        return wrong(e, "\"partition\" is no number from 0 on");
    if (partition != NULL)
        out->partition = partition->integer;
    out->is_unsigned = is_unsigned != NULL && is_unsigned->integer == 1;
    return bytes_take(s, root, out, e) && address_take(root, out, e);
}

/* --- sending it */

static bool partitions_of(struct stream *s, struct str topic, int *count, struct err *e)
{
    for (size_t i = 0; i < s->topic_count; i++)
        if (str_is(topic, s->topics[i].name)) {
            *count = s->topics[i].partition_count;
            return true;
        }
    char *name = arena_cstr(&s->arena, topic);
    if (!bus_partition_count(s->bus, name, count, ASK_MS, e))
        return false;
    if (*count == 0)
        return err_set(e, ERR_POISON, "topic %s does not exist: batuta topics apply", name);
    if (s->topic_count == TOPIC_COUNT_MAX || topic.size >= TOPIC_NAME_SIZE)
        return true;
    memcpy(s->topics[s->topic_count].name, name, topic.size + 1);
    s->topics[s->topic_count++].partition_count = *count;
    return true;
}

static struct str subject_of(const struct item *item)
{
    const struct node *order = item->body != NULL && item->body->kind == NODE_OBJECT
                                   ? node_find(item->body, "order")
                                   : NULL;
    return order != NULL && order->kind == NODE_TEXT ? order->text : STR_NONE;
}

static size_t headers_fill(struct stream *s, const struct item *item, struct bus_header *out)
{
    const struct stack *stack = &s->c->stack;
    const struct parcel *p = &item->parcel;
    char *time = arena_alloc(&s->arena, INSTANT_TEXT_SIZE);
    size_t time_size = instant_write(clock_now(), time), count = 0;
    struct str system = str_present(stack->system) ? stack->system : STR("anonymous");
    struct str source = arena_printf(&s->arena, "/batuta/cli/%.*s", STR_ARG(system));
    out[count++] = (struct bus_header){STR("ce_specversion"), STR("1.0")};
    out[count++] = (struct bus_header){STR("ce_id"), p->id};
    out[count++] = (struct bus_header){STR("ce_source"), source};
    if (str_present(item->type_name))
        out[count++] = (struct bus_header){STR("ce_type"), item->type_name};
    out[count++] = (struct bus_header){STR("ce_time"), {time, time_size}};
    if (!str_blank(subject_of(item)))
        out[count++] = (struct bus_header){STR("ce_subject"), subject_of(item)};
    out[count++] = (struct bus_header){STR("content-type"), STR("application/json")};
    if (!item->is_unsigned && str_present(stack->key))
        out[count++] = (struct bus_header){STR("batuta-auth"),
                                           signature_of(&s->arena, stack->system, stack->key, p)};
    assert(count <= HEADER_ROOM);
    return count;
}

/* Waits while the producer's queue is full. */
static bool message_send(struct stream *s, const struct bus_message *m, struct err *e)
{
    int64_t until = clock_monotonic_us() + (int64_t)FLUSH_MS * 1000;
    while (!bus_send(s->bus, m, e)) {
        if (clock_monotonic_us() > until || bus_broken(s->bus))
            return false;
        serve(s);
        poll(NULL, 0, FULL_PAUSE_MS);
    }
    return true;
}

static bool item_send(struct stream *s, struct item *item, struct err *e)
{
    struct bus_header headers[HEADER_ROOM];
    struct parcel *p = &item->parcel;
    int partition_count = 0;
    if (!partitions_of(s, item->topic, &partition_count, e))
        return false;
    if (item->partition >= partition_count)
        return err_set(e, ERR_POISON, "the topic has %d partitions only", partition_count);
    if (!str_present(p->id))
        p->id = uuid_mint(&s->arena, clock_now());
    struct bus_message m = {
        .topic = arena_cstr(&s->arena, item->topic),
        .partition = (int32_t)item->partition,
        .key = p->key,
        .value = p->value,
        .headers = headers,
        .header_count = headers_fill(s, item, headers),
        .tag = s->line_no,
    };
    if (item->partition < 0)
        m.partition = str_present(p->key) ? partition_of(p->key, partition_count) : 0;
    return message_send(s, &m, e);
}

static void line_take(struct stream *s, struct str line)
{
    struct item item;
    struct err e = {0};
    s->line_no++;
    if (str_blank(line))
        return;
    if (!item_read(s, line, &item, &e) || !item_send(s, &item, &e)) {
        s->failed++;
        cli_note("line %zu: %s", s->line_no, e.text);
    }
    arena_reset(&s->arena);
}

/* --- the input */

/* Takes the whole lines out of what was read; at the end also one without a line feed. */
static void lines_take(struct stream *s, bool end)
{
    size_t from = 0;
    const char *stop;
    while (from < s->size && (stop = memchr(s->at + from, '\n', s->size - from)) != NULL) {
        size_t size = (size_t)(stop - s->at) - from;
        line_take(s, (struct str){s->at + from, size});
        from += size + 1;
    }
    if (end && from < s->size) {
        line_take(s, (struct str){s->at + from, s->size - from});
        from = s->size;
    }
    if (from > 0)
        memmove(s->at, s->at + from, s->size - from);
    s->size -= from;
}

/* Reads what is there, or waits a little. *end: nothing more will come. */
static bool input_read(struct stream *s, int fd, bool *end, struct err *e)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, SERVE_MS) == 0)
        return true;
    if (s->room - s->size < READ_SIZE) {
        s->room += READ_SIZE;
        s->at = realloc(s->at, s->room);
        assert(s->at != NULL);
    }
    ssize_t got = read(fd, s->at + s->size, s->room - s->size);
    if (got < 0 && errno != EINTR)
        return err_set(e, ERR_FATAL, "cannot read the input: %s", strerror(errno));
    *end = got == 0;
    s->size += got > 0 ? (size_t)got : 0;
    if (s->size > LINE_SIZE_MAX + (size_t)READ_SIZE)
        return err_set(e, ERR_FATAL, "line %zu is longer than %d bytes", s->line_no + 1,
                       LINE_SIZE_MAX);
    return true;
}

static bool stream_run(struct stream *s, int fd, struct err *e)
{
    bool end = false;
    while (!end) {
        if (!input_read(s, fd, &end, e))
            return false;
        lines_take(s, end);
        serve(s);
        if (s->verbose)
            fflush(stdout);
    }
    return bus_flush(s->bus, FLUSH_MS, e);
}

static int stream_end(struct stream *s, bool ok, const struct err *e)
{
    bus_close(s->bus, 0);
    arena_release(&s->arena);
    free(s->at);
    if (!ok)
        return cli_end(s->c, e->fate == ERR_FATAL ? END_USAGE : END_UNAVAILABLE, "%s", e->text);
    if (s->failed > 0)
        return cli_end(s->c, END_FAILED, "%zu of %zu lines were not sent", s->failed, s->line_no);
    cli_note("sent %zu", s->sent);
    return END_OK;
}

static int run_send(struct cli *c)
{
    struct err e = {0};
    struct stream s = {.c = c, .verbose = args_has(&c->args, "verbose")};
    char *path = arena_cstr(c->arena, args_word(&c->args, 0));
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cli_end(c, END_USAGE, "cannot open %s: %s", path, strerror(errno));
    if (!str_present(c->stack.brokers))
        return cli_end(c, END_UNAVAILABLE,
                       "the broker's address is not known: batuta up, or --brokers ADDRESS");
    struct bus_settings settings = {.brokers = arena_cstr(c->arena, c->stack.brokers),
                                    .client_id = "batuta"};
    s.bus = bus_open(&settings, on_report, &s, &e);
    if (s.bus == NULL)
        return cli_end(c, END_UNAVAILABLE, "%s", e.text);
    arena_init(&s.arena);
    bool ok = stream_run(&s, fd, &e);
    if (fd != STDIN_FILENO)
        close(fd);
    return stream_end(&s, ok, &e);
}

static const struct option send_options[] = {
    {"verbose", NULL, "one line \"ok LINE\" for each message that the broker has taken"},
    {NULL, NULL, NULL},
};
static const char *const send_examples[] = {
    "batuta send commands.jsonl",
    "echo '{\"type\":\"orders.order.cancel\",\"body\":{\"order\":\"...\",\"principal\":\"lena\","
    "\"idempotency_key\":\"1\"}}' | batuta send -",
    NULL,
};

const struct command stream_commands[] = {
    {.noun = "send",
     .words = "FILE|-",
     .word_min = 1,
     .word_max = 1,
     .options = send_options,
     .help = "sign and send commands, one JSON object a line, until the input ends",
     .more = "A line is {\"type\": NAME, \"body\": OBJECT}. It may also have \"key\" (default: as "
             "the body\nsays), \"id\" (default: a new one), \"topic\" (default: the type's), "
             "\"unsigned\": true, and\n\"partition\": N to put it where it does not belong. "
             "Instead of a body: \"raw\": TEXT or\n\"raw_hex\": HEX, sent as it is. Nothing is "
             "checked: the service answers.",
     .examples = send_examples,
     .run = run_send},
    {.noun = NULL},
};
