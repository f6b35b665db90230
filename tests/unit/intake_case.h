/* intake_case: one partition of the demo service, and records made by hand for it. */
#ifndef TESTS_UNIT_INTAKE_CASE_H
#define TESTS_UNIT_INTAKE_CASE_H

#include "common/headers.h"
#include "common/intake.h"
#include "tests/unit/runtime_demo.h"
#include "tests/unit/unit.h"

enum { P = DEMO_PARTITION_COUNT, HERE = 2 };

static struct arena arena;
static struct stream_plan plan;
static struct stream row;
static struct parked_set parked;
static struct systems *systems;
static struct intake intake;
static struct bus_record record;
static int64_t next_offset;
static struct str key;

static const struct right_name rights[] = {{"close", DEMO_RIGHT, NULL}, {NULL, 0, NULL}};

static inline void setup(void)
{
    struct err e = {0};
    char path[] = "/tmp/batuta-systems-XXXXXX";
    static const char text[] = "may 000102030405060708090a0b0c0d0e0f close\n"
                               "maynot 000102030405060708090a0b0c0d0e0f\n";
    int fd = mkstemp(path);
    ck_assert(fd >= 0 && write(fd, text, sizeof text - 1) == sizeof text - 1);
    close(fd);
    systems = systems_load(path, rights, &e);
    unlink(path);
    ck_assert(systems != NULL);
    stream_plan_init(&plan, &demo_service, P);
    ck_assert_uint_eq(plan.input_count, 3);
    stream_init(&row, &plan, HERE, &arena);
    parked_set_init(&parked);
    intake = (struct intake){&plan, systems, false};
    next_offset = 100;
    key = demo_key(&arena, HERE);
}

static inline void teardown(void)
{
    systems_free(systems);
    parked_set_release(&parked);
    arena_release(&arena);
}

/* ---- making records */

static inline void add(const char *name, struct str value)
{
    record.headers[record.header_count++] = (struct bus_header){str_of(name), value};
}

static inline void begin(int input, const char *type, struct str value)
{
    memset(&record, 0, sizeof record);
    record.input = input;
    record.partition = HERE;
    record.offset = next_offset++;
    record.key = key;
    record.value = value;
    record.time.at = 5000000;
    add("ce_specversion", STR("1.0"));
    add("ce_id", STR("id-1"));
    add("ce_source", STR("/outside"));
    if (type)
        add("ce_type", str_of(type));
}

static inline struct str json(const char *fields)
{
    return arena_printf(&arena, "{\"thing\":\"%.*s\"%s}", STR_ARG(key), fields);
}

static inline struct item take(void)
{
    struct item item;
    struct intake_place place = {&row, &parked, &arena};
    intake_record(&intake, &place, &record, &item);
    return item;
}

static inline void mark(int32_t part, int64_t incarnation, int64_t seq, int64_t prev)
{
    struct stream_mark m = {STR("source"), part, incarnation, seq, prev};
    add(STREAM_HEADER, stream_mark_write(&arena, &m));
}

static inline struct item linked(int32_t part, int64_t incarnation, int64_t seq, int64_t prev)
{
    begin(DEMO_SOURCE, demo_told_type.name, json(""));
    mark(part, incarnation, seq, prev);
    return take();
}

static inline int64_t seen(int32_t part)
{
    return row.seen_seq[DEMO_SOURCE * P + part];
}

static inline int64_t seen_incarnation(int32_t part)
{
    return row.seen_incarnation[DEMO_SOURCE * P + part];
}
static inline void is_dead(struct item it, const char *class)
{
    ck_assert_int_eq(it.fate, ITEM_DEAD);
    ck_assert_str_eq(it.error_class, class);
    ck_assert(it.reason.size > 0);
    ck_assert_int_eq(it.in.part, HERE);
}

#endif
