/* dlq: dead letters (read from the topic <service>.dlq.v1, which operators may read), and what is
 * parked behind them (asked of the service). */
#include "services/cli/dlq.h"

#include "proto/topics.h"
#include "services/cli/answer.h"
#include "services/cli/field.h"
#include "services/cli/grid.h"

#include <stdio.h>
#include <string.h>

enum { ASK_MS = 10000, WAIT_MS = 200, DRAIN_COUNT = 100, QUIET_ROUNDS = 25, TEXT_WIDTH = 70 };

/* What is looked for: every letter, or one place. */
struct search {
    const char *service;
    int32_t partition; /* -1: all */
    int64_t offset;
    bool whole; /* headers and bytes, not a line */
    size_t found;
};

static void letter_line(struct cli *c, const struct search *s, const struct bus_record *r)
{
    struct str why = bus_record_header(r, "dlq-error-message");
    struct str type = bus_record_header(r, "ce_type");
    char time[INSTANT_TEXT_SIZE] = "";
    size_t size = instant_present(r->time) ? instant_write(r->time, time) : 0;
    if (!c->json) {
        printf("%s/%d/%lld  %.19s  %.*s  key %.*s: %.*s: %.*s\n", s->service, (int)r->partition,
               (long long)r->offset, time, STR_ARG(type), STR_ARG(r->key),
               STR_ARG(bus_record_header(r, "dlq-error-class")),
               why.size > TEXT_WIDTH ? TEXT_WIDTH : (int)why.size, why.size > 0 ? why.at : "");
        return;
    }
    struct draft d = draft_new(c->arena);
    draft_open(&d, NULL, "{");
    draft_text(
        &d, "letter",
        arena_printf(c->arena, "%s/%d/%lld", s->service, (int)r->partition, (long long)r->offset));
    draft_text(&d, "at", (struct str){time, size});
    draft_text(&d, "type", type);
    draft_text(&d, "key", text_refusal(r->key, &size) == NULL ? r->key : STR_NONE);
    draft_text(&d, "class", bus_record_header(r, "dlq-error-class"));
    draft_text(&d, "message", why);
    draft_text(&d, "topic", bus_record_header(r, "dlq-original-topic"));
    draft_text(&d, "partition", bus_record_header(r, "dlq-original-partition"));
    draft_text(&d, "offset", bus_record_header(r, "dlq-original-offset"));
    draft_integer(&d, "bytes", (int64_t)r->value.size);
    draft_close(&d, "}");
    cli_print(draft_done(&d));
}

static void letter_whole(const struct bus_record *r)
{
    for (size_t i = 0; i < r->header_count; i++)
        printf("%.*s: %.*s\n", STR_ARG(r->headers[i].name), STR_ARG(r->headers[i].value));
    printf("key: %.*s\nvalue (%zu bytes):\n", STR_ARG(r->key), r->value.size);
    if (r->value.size > 0)
        fwrite(r->value.at, 1, r->value.size, stdout);
    putchar('\n');
}

static void letter_take(struct cli *c, struct search *s, const struct bus_record *r)
{
    if (s->partition >= 0 && (r->partition != s->partition || r->offset != s->offset))
        return;
    s->found++;
    if (s->whole)
        letter_whole(r);
    else
        letter_line(c, s, r);
}

/* How many records wait in all partitions, which are then read from their beginning. */
static bool letters_start(struct bus *bus, const char *topic, int64_t *count, struct err *e)
{
    int partition_count = 0;
    *count = 0;
    if (!bus_partition_count(bus, topic, &partition_count, ASK_MS, e))
        return false;
    for (int32_t p = 0; p < partition_count; p++) {
        int64_t low = 0, high = 0;
        if (!bus_watermarks(bus, topic, p, &low, &high, ASK_MS, e))
            return false;
        if (high > low && !bus_read_start(bus, 0, topic, p, BUS_FROM_BEGINNING, e))
            return false;
        *count += high - low;
    }
    return true;
}

static bool letters_read(struct cli *c, struct search *s, struct err *e)
{
    static struct bus_record records[DRAIN_COUNT];
    struct bus *bus = sender_bus(c, e);
    const char *topic = topic_dead_letters(s->service)->name;
    int64_t left = 0;
    if (bus == NULL || !letters_start(bus, topic, &left, e))
        return false;
    for (int quiet = 0; left > 0 && quiet < QUIET_ROUNDS; quiet++) {
        size_t count = 0;
        bus_wait(bus, WAIT_MS);
        if (!bus_drain(bus, records, DRAIN_COUNT, &count, e))
            return false;
        for (size_t i = 0; i < count; i++) {
            letter_take(c, s, &records[i]);
            bus_record_release(&records[i]);
        }
        left -= (int64_t)count;
        quiet = count > 0 ? 0 : quiet;
    }
    return true;
}

static int parked_print(struct cli *c, const char *service)
{
    static const struct column columns[] = {
        {"KEY", "key", false},         {"ORDER", "subject", false}, {"WAITING", "count", true},
        {"SINCE", "parked_at", false}, {"TOPIC", "topic", false},   {"WHY", "reason", false},
    };
    struct node_list list;
    int code = fetch_list(c, service, STR("/parked"), 1000, &list);
    if (code != END_OK || list.count == 0)
        return code;
    if (!c->json)
        printf("\nparked in %s (batuta dlq redrive|discard %s KEY)\n", service, service);
    grid_print(c, columns, ARRAY_LEN(columns), &list);
    return END_OK;
}

int run_dlq_list(struct cli *c)
{
    struct str only = args_word(&c->args, 0);
    int code = END_OK;
    if (str_present(only) && service_index(only.at) < 0)
        return cli_end(c, END_NOT_FOUND, "there is no service %.*s", STR_ARG(only));
    for (size_t i = 0; i < SERVICE_COUNT && code == END_OK; i++) {
        struct search s = {.service = service_names[i], .partition = -1};
        struct err e = {0};
        if (str_present(only) && !str_is(only, service_names[i]))
            continue;
        if (!letters_read(c, &s, &e))
            return cli_end(c, END_UNAVAILABLE, "%s", e.text);
        code = parked_print(c, service_names[i]);
    }
    return code;
}

/* "orders/2/17": service, partition, offset. */
static bool letter_name_read(struct str text, struct search *out)
{
    char service[32];
    int partition, end = 0;
    long long offset;
    if (sscanf(text.at, "%31[a-z]/%d/%lld%n", service, &partition, &offset, &end) != 3 ||
        (size_t)end != text.size || service_index(service) < 0)
        return false;
    *out = (struct search){.service = service_names[service_index(service)],
                           .partition = partition,
                           .offset = offset,
                           .whole = true};
    return true;
}

int run_dlq_show(struct cli *c)
{
    struct search s;
    struct err e = {0};
    if (!letter_name_read(args_word(&c->args, 0), &s))
        return cli_usage(c, "wants SERVICE/PARTITION/OFFSET as batuta dlq list shows it");
    s.whole = !c->json;
    if (!letters_read(c, &s, &e))
        return cli_end(c, END_UNAVAILABLE, "%s", e.text);
    if (s.found == 0)
        return cli_end(c, END_NOT_FOUND, "there is no dead letter %.*s",
                       STR_ARG(args_word(&c->args, 0)));
    return END_OK;
}

static int parked_command(struct cli *c, const char *verb)
{
    struct str service = args_word(&c->args, 0);
    struct draft d = draft_new(c->arena);
    if (service_index(service.at) < 0)
        return cli_end(c, END_NOT_FOUND, "there is no service %.*s", STR_ARG(service));
    draft_open(&d, NULL, "{");
    draft_text(&d, "key", args_word(&c->args, 1));
    draft_text(&d, "subject", args_value(&c->args, "order"));
    sender_write(c, &d);
    draft_close(&d, "}");
    return command_run(c, arena_printf(c->arena, "%.*s.parked.%s", STR_ARG(service), verb).at,
                       draft_done(&d));
}

int run_dlq_redrive(struct cli *c)
{
    return parked_command(c, "redrive");
}

int run_dlq_discard(struct cli *c)
{
    return parked_command(c, "discard");
}
