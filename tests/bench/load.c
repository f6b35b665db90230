/* load: sends the bench's orders and reads what reaches the partners, through common/bus.h only.
 *   load backlog  sends --count orders as fast as the broker takes them
 *   load open     sends --count orders on a fixed schedule (--rate a second), whatever comes back;
 *                 latency runs from the scheduled moment to the record on the partner's topic
 *   load step     sends one order when the one before has reached its partner
 *   load mark     says where the partners' topics end
 *   load count    reads the partners' topics from there: each order once?
 *   load topics   makes the topics of the peers' flow
 * One line of JSON on stdout. Floats appear in no figure: times are microseconds. */
#include "common/bus.h"
#include "tests/bench/bench_order.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TOPIC_SIZE = 96, DRAIN_ROOM = 1024, PARTITIONS_MAX = 64 };

struct load {
    struct bench_flow flow;
    const char *mode, *brokers, *from; /* from: what `load mark` printed */
    int64_t count, rate, wait_seconds, first, gap_us;
    struct bus *bus;
    char commands[TOPIC_SIZE];
    int partitions;
    int output_partitions; /* of each partner topic */
    int64_t failed;
    /* by index: */
    int64_t *due_us, *late_us;
    uint8_t *seen;
    /* what was read: */
    int64_t raw, distinct, repeated, foreign, last_us, sender_late_us;
};

static int64_t wall_us(void)
{
    return clock_now().at;
}

static void on_report(void *context, uint64_t tag, enum bus_delivery outcome, const char *error)
{
    struct load *l = context;
    (void)tag;
    if (outcome == BUS_DELIVERED)
        return;
    if (l->failed++ == 0)
        fprintf(stderr, "load: not delivered: %s\n", error);
}

static void end_with(const struct err *e)
{
    fprintf(stderr, "load: %s\n", e->text);
    exit(1);
}

/* --- sending */

static size_t order_headers(const struct load *l, struct str id, struct str time,
                            struct bus_header out[8])
{
    if (l->flow.plain) { /* what one of the peers asks for */
        out[0] = (struct bus_header){STR("message-id"), id};
        return 1;
    }
    out[0] = (struct bus_header){STR("ce_specversion"), STR("1.0")};
    out[1] = (struct bus_header){STR("ce_id"), id};
    out[2] = (struct bus_header){STR("ce_source"), STR("/batuta/bench")};
    out[3] = (struct bus_header){STR("ce_type"), STR("batuta.orders.order.submit.v1")};
    out[4] = (struct bus_header){STR("ce_time"), time};
    out[5] = (struct bus_header){STR("ce_subject"), id};
    out[6] =
        (struct bus_header){STR("ce_dataschema"), STR("/batuta/schemas/order_submit.command.json")};
    out[7] = (struct bus_header){STR("content-type"), STR("application/json")};
    return 8;
}

static void order_send(struct load *l, uint32_t index)
{
    char id[UUID_TEXT_SIZE], time[INSTANT_TEXT_SIZE];
    static char text[BENCH_ORDER_SIZE_MAX];
    struct bus_header headers[8];
    struct err e = {0};
    struct instant now = clock_now();
    bench_id_write(l->flow.run, index, now.at / 1000, id);
    struct str order = {id, sizeof id};
    struct str at = {time, instant_write(now, time)};
    struct bus_message m = {.topic = l->commands,
                            .partition = partition_of(order, l->partitions),
                            .key = order,
                            .value = {text, bench_order_write(&l->flow, index, id, text)},
                            .headers = headers,
                            .header_count = order_headers(l, order, at, headers)};
    while (!bus_send(l->bus, &m, &e)) {
        if (e.fate != ERR_RETRY)
            end_with(&e);
        size_t none;
        int32_t nothing[1];
        bus_serve(l->bus, nothing, 1, &none);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        memset(&e, 0, sizeof e);
    }
}

static void flush(struct load *l)
{
    struct err e = {0};
    if (!bus_flush(l->bus, 60000, &e))
        end_with(&e);
}

static void serve(struct load *l)
{
    size_t none;
    int32_t nothing[1];
    bus_serve(l->bus, nothing, 1, &none);
}

/* --- reading */

static void partner_topic(const struct load *l, int partner, char out[TOPIC_SIZE])
{
    if (l->flow.plain)
        snprintf(out, TOPIC_SIZE, "%spartners.fulfilment", l->flow.prefix);
    else
        snprintf(out, TOPIC_SIZE, "%spartners.p-%02d.fulfilment.v1", l->flow.prefix, partner + 1);
}

static int partner_count(const struct load *l)
{
    return l->flow.plain ? 1 : BENCH_PARTNERS;
}

static int64_t topic_end(struct load *l, const char *topic, int32_t partition)
{
    struct err e = {0};
    struct bus_ends ends;
    if (!bus_watermarks(l->bus, topic, partition, &ends, &e))
        end_with(&e);
    return ends.high;
}

static void read_from(struct load *l, const char *topic, int32_t partition, int64_t offset)
{
    struct err e = {0};
    struct bus_position from = {.topic = topic, .partition = partition, .offset = offset};
    if (!bus_read_start(l->bus, 0, &from, BUS_INNER, &e))
        end_with(&e);
}

static void read_from_ends(struct load *l)
{
    char topic[TOPIC_SIZE];
    for (int p = 0; p < partner_count(l); p++) {
        partner_topic(l, p, topic);
        for (int32_t part = 0; part < l->output_partitions; part++)
            read_from(l, topic, part, topic_end(l, topic, part));
    }
}

/* The order of a record: its subject, or for the peers the member "order" of its value. */
static struct str record_order(const struct load *l, const struct bus_record *r)
{
    static const char member[] = "\"order\":\"";
    const size_t size = sizeof member - 1;
    if (!l->flow.plain)
        return bus_record_header(r, "ce_subject");
    for (size_t i = 0; i + size + UUID_TEXT_SIZE <= r->value.size; i++)
        if (memcmp(r->value.at + i, member, size) == 0)
            return (struct str){r->value.at + i + size, UUID_TEXT_SIZE};
    return STR_NONE;
}

static void record_note(struct load *l, const struct bus_record *r, int64_t now_us)
{
    uint32_t index;
    l->raw++;
    if (!bench_id_read(record_order(l, r), l->flow.run, &index) || index < l->first ||
        index >= l->first + l->count) {
        l->foreign++;
        return;
    }
    size_t at = index - (size_t)l->first;
    if (l->seen[at]++) {
        l->repeated++;
        return;
    }
    l->distinct++;
    l->last_us = now_us;
    l->late_us[at] = now_us - l->due_us[at];
}

static void read_some(struct load *l)
{
    static struct bus_record records[DRAIN_ROOM];
    size_t count = DRAIN_ROOM;
    while (count == DRAIN_ROOM) {
        struct err e = {0};
        if (!bus_drain(l->bus, records, DRAIN_ROOM, &count, &e) && e.fate == ERR_FATAL)
            end_with(&e);
        int64_t now_us = wall_us();
        for (size_t i = 0; i < count; i++) {
            record_note(l, &records[i], now_us);
            bus_record_release(&records[i]);
        }
    }
}

/* --- modes */

static void load_backlog(struct load *l)
{
    int64_t began = clock_monotonic_us();
    for (int64_t i = 0; i < l->count; i++) {
        order_send(l, (uint32_t)(l->first + i));
        if (i % 256 == 0)
            serve(l);
    }
    flush(l);
    printf("{\"sent\":%" PRId64 ",\"failed\":%" PRId64 ",\"microseconds\":%" PRId64 "}\n", l->count,
           l->failed, clock_monotonic_us() - began);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print_latencies(struct load *l)
{
    static const struct {
        const char *name;
        int64_t per_mille;
    } wanted[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"p999", 999}};
    int64_t n = 0;
    for (int64_t i = 0; i < l->count; i++)
        if (l->seen[i])
            l->late_us[n++] = l->late_us[i];
    qsort(l->late_us, (size_t)n, sizeof *l->late_us, by_size);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        printf(",\"%s_us\":%" PRId64, wanted[i].name,
               n ? l->late_us[(n - 1) * wanted[i].per_mille / 1000] : 0);
    printf(",\"max_us\":%" PRId64, n ? l->late_us[n - 1] : 0);
}

static void print_read(struct load *l)
{
    printf("{\"sent\":%" PRId64 ",\"failed\":%" PRId64 ",\"raw\":%" PRId64 ",\"distinct\":%" PRId64
           ",\"repeated\":%" PRId64 ",\"foreign\":%" PRId64 ",\"sender_late_max_us\":%" PRId64,
           l->count, l->failed, l->raw, l->distinct, l->repeated, l->foreign, l->sender_late_us);
}

/* Until all are there, or nothing came for wait_seconds. */
static void read_rest(struct load *l)
{
    int64_t until = wall_us() + l->wait_seconds * MICROSECONDS_PER_SECOND, before = l->distinct;
    while (l->distinct < l->count && wall_us() < until) {
        bus_wait(l->bus, 5);
        serve(l);
        read_some(l);
        if (l->distinct > before)
            until = wall_us() + l->wait_seconds * MICROSECONDS_PER_SECOND;
        before = l->distinct;
    }
}

static void load_open(struct load *l)
{
    read_from_ends(l);
    int64_t start = wall_us() + MICROSECONDS_PER_SECOND / 2, sent = 0;
    for (int64_t i = 0; i < l->count; i++)
        l->due_us[i] = start + i * MICROSECONDS_PER_SECOND / l->rate;
    while (sent < l->count) {
        int64_t now = wall_us();
        for (; sent < l->count && l->due_us[sent] <= now; sent++) {
            int64_t late = wall_us() - l->due_us[sent];
            l->sender_late_us = late > l->sender_late_us ? late : l->sender_late_us;
            order_send(l, (uint32_t)(l->first + sent));
        }
        serve(l);
        read_some(l);
        if (sent < l->count && l->due_us[sent] > wall_us())
            bus_wait(l->bus, 1);
    }
    read_rest(l);
    print_read(l);
    print_latencies(l);
    printf(",\"rate\":%" PRId64 "}\n", l->rate);
}

static void load_step(struct load *l)
{
    read_from_ends(l);
    for (int64_t i = 0; i < l->count; i++) {
        int64_t until = wall_us() + l->wait_seconds * MICROSECONDS_PER_SECOND;
        l->due_us[i] = wall_us();
        order_send(l, (uint32_t)(l->first + i));
        while (l->distinct <= i && wall_us() < until) {
            serve(l);
            read_some(l);
            if (l->distinct <= i)
                bus_wait(l->bus, 1);
        }
        nanosleep(&(struct timespec){.tv_sec = l->gap_us / 1000000,
                                     .tv_nsec = l->gap_us % 1000000 * 1000},
                  NULL);
    }
    print_read(l);
    print_latencies(l);
    printf("}\n");
}

static void load_mark(struct load *l)
{
    char topic[TOPIC_SIZE];
    for (int p = 0; p < partner_count(l); p++)
        for (int32_t part = 0; part < l->output_partitions; part++) {
            partner_topic(l, p, topic);
            printf("%s%" PRId64, p + part ? "," : "", topic_end(l, topic, part));
        }
    printf("\n");
}

static void load_count(struct load *l)
{
    char topic[TOPIC_SIZE], *at = NULL;
    const char *from = l->from ? l->from : "";
    int64_t left = 0;
    for (int p = 0; p < partner_count(l); p++)
        for (int32_t part = 0; part < l->output_partitions; part++) {
            int64_t begin = strtoll(from, &at, 10);
            partner_topic(l, p, topic);
            int64_t end = topic_end(l, topic, part);
            from = *at == ',' ? at + 1 : at;
            left += end - begin;
            if (end > begin)
                read_from(l, topic, part, begin);
        }
    int64_t until = wall_us() + l->wait_seconds * MICROSECONDS_PER_SECOND, before = 0;
    while (l->raw < left && wall_us() < until) {
        bus_wait(l->bus, 20);
        read_some(l);
        if (l->raw > before)
            until = wall_us() + l->wait_seconds * MICROSECONDS_PER_SECOND;
        before = l->raw;
    }
    print_read(l);
    printf(",\"expected_raw\":%" PRId64 "}\n", left);
}

static void load_topics(struct load *l)
{
    static const char *const names[] = {
        "orders.commands",    "pricing.commands", "pricing.events",
        "approvals.commands", "approvals.events", "catalog.commands",
        "catalog.events",     "orders.events",    "partners.fulfilment"};
    char full[TOPIC_SIZE];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct err e = {0};
        bool created;
        snprintf(full, sizeof full, "%s%s", l->flow.prefix, names[i]);
        struct bus_topic t = {.name = full,
                              .partition_count = 4,
                              .replication = 1,
                              .retention_ms = -1,
                              .message_size_max = 1024 * 1024};
        if (!bus_topic_create(l->bus, &t, &created, &e))
            end_with(&e);
    }
    printf("{}\n");
}

/* --- arguments */

static bool argument_take(struct load *l, const char *name, const char *value)
{
    struct {
        const char *name;
        int64_t *number;
    } numbers[] = {{"--count", &l->count},
                   {"--rate", &l->rate},
                   {"--wait", &l->wait_seconds},
                   {"--first", &l->first},
                   {"--gap-us", &l->gap_us}};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        if (strcmp(name, numbers[i].name) == 0)
            return str_to_int64(str_of(value), numbers[i].number);
    int64_t number = 0;
    bool is_number = str_to_int64(str_of(value), &number);
    if (strcmp(name, "--brokers") == 0)
        l->brokers = value;
    else if (strcmp(name, "--prefix") == 0)
        l->flow.prefix = value;
    else if (strcmp(name, "--from") == 0)
        l->from = value;
    else if (strcmp(name, "--one") == 0)
        l->flow.one_account = strcmp(value, "account") == 0,
        l->flow.one_sku = strcmp(value, "sku") == 0;
    else if (strcmp(name, "--flow") == 0)
        l->flow.plain = strcmp(value, "plain8") == 0;
    else if (strcmp(name, "--commit-at") == 0)
        l->flow.early = strcmp(value, "reserve") == 0;
    else if (strcmp(name, "--run") == 0 && is_number)
        l->flow.run = (unsigned)number;
    else if (strcmp(name, "--lines") == 0 && is_number && number >= 1 && number <= BENCH_LINES_MAX)
        l->flow.line_count = (int)number;
    else
        return false;
    return true;
}

static void load_open_bus(struct load *l)
{
    struct err e = {0};
    struct bus_settings settings = {.brokers = l->brokers, .client_id = "load"};
    char output[TOPIC_SIZE];
    snprintf(l->commands, sizeof l->commands, "%sorders.commands%s", l->flow.prefix,
             l->flow.plain ? "" : ".v1");
    partner_topic(l, 0, output);
    l->bus = bus_open(&settings, on_report, l, &e);
    if (l->bus && strcmp(l->mode, "topics") == 0)
        return;
    if (!l->bus || !bus_partition_count(l->bus, l->commands, &l->partitions, 10000, &e) ||
        !bus_partition_count(l->bus, output, &l->output_partitions, 10000, &e))
        end_with(&e);
    if (l->partitions < 1 || l->output_partitions < 1 || l->output_partitions > PARTITIONS_MAX) {
        fprintf(stderr, "load: topic %s or %s does not exist\n", l->commands, output);
        exit(1);
    }
    bus_warm(l->bus, l->commands);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(struct load *l);
    } modes[] = {{"backlog", load_backlog}, {"open", load_open},   {"step", load_step},
                 {"mark", load_mark},       {"count", load_count}, {"topics", load_topics}};
    struct load l = {.mode = argc > 1 ? argv[1] : "",
                     .flow = {.prefix = "", .line_count = 3},
                     .brokers = "127.0.0.1:9092",
                     .rate = 100,
                     .wait_seconds = 15};
    bool sound = argc % 2 == 0;
    for (int i = 2; sound && i + 1 < argc; i += 2)
        sound = argument_take(&l, argv[i], argv[i + 1]);
    static struct arena arena;
    arena_init(&arena);
    sound = sound && l.rate > 0 && l.count >= 0;
    l.due_us = arena_array(&arena, int64_t, sound ? l.count + 1 : 1);
    l.late_us = arena_array(&arena, int64_t, sound ? l.count + 1 : 1);
    l.seen = arena_array(&arena, uint8_t, sound ? l.count + 1 : 1);
    for (size_t i = 0; sound && i < ARRAY_LEN(modes); i++) {
        if (strcmp(l.mode, modes[i].name) != 0)
            continue;
        load_open_bus(&l);
        modes[i].run(&l);
        bus_close(l.bus, 1000);
        return l.failed ? 1 : 0;
    }
    fprintf(stderr,
            "usage: load backlog|open|step|mark|count|topics [--brokers A] [--count N] [--rate R] "
            "[--run 0..4095] [--first I] [--prefix P] [--lines N] [--one account|sku] "
            "[--flow full|plain8] [--commit-at confirm|reserve] [--from A,B,...] [--gap-us N] "
            "[--wait S]\n");
    return 64;
}
