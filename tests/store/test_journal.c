/* test_journal: what was told is found again by its sequence, cannot be changed, and waits in
 * `unsent` where a destination refuses; timers, parked records and reference data as stored. */
#include "common/parked.h"
#include "common/references.h"
#include "tests/store/runtime_room.h"

static struct pg *pg;
static struct err err;

static void set_up(void)
{
    pg = runtime_open();
    memset(&err, 0, sizeof err);
}

static void tear_down(void)
{
    runtime_close(pg);
}

static struct instant at(const char *text)
{
    struct instant t;
    ck_assert(instant_read(str_of(text), &t));
    return t;
}

/* A batch of partition 1 with so many events; event n has key "kN", topic "tN" by its parity. */
static struct pg_call batch(int64_t batch_no, int64_t first, int count)
{
    struct str topics[8], keys[8], types[8], headers[8], bodies[8];
    int16_t partitions[8];
    struct pg_params *p = room_params();
    for (int i = 0; i < count; i++) {
        long long seq = (long long)first + i;
        topics[i] = seq % 2 ? STR("odd.v1") : STR("even.v1");
        keys[i] = arena_printf(&arena, "k%lld", seq);
        types[i] = STR("type.v1");
        headers[i] =
            arena_printf(&arena, "batuta-stream=x\nce_id=1-%lld\nce_subject=o%lld\n", seq, seq);
        bodies[i] = seq % 3 ? arena_printf(&arena, "{\"n\":%lld}", seq) : STR_NONE; /* tombstone */
        partitions[i] = (int16_t)(seq % 4);
    }
    pg_add_int2(p, 1);
    pg_add_int8(p, batch_no);
    pg_add_time(p, at("2026-01-15T00:00:00Z"));
    pg_add_int8(p, 1);
    pg_add_int8(p, first);
    pg_add_int4(p, count);
    pg_add_text_array(p, topics, (size_t)count);
    pg_add_int2_array(p, partitions, (size_t)count);
    pg_add_bytes_array(p, keys, (size_t)count);
    pg_add_text_array(p, types, (size_t)count);
    pg_add_text_array(p, headers, (size_t)count);
    pg_add_bytes_array(p, bodies, (size_t)count);
    pg_add_text_array(p, NULL, 0);
    pg_add_text(p, STR("colour=1"));
    return (struct pg_call){"journal_append", p};
}

/* Batches 1: events 1-2, 2: none, 3: events 3-5, 4: none, 5: event 6. */
static void told(void)
{
    struct pg_call calls[] = {batch(1, 1, 2), batch(2, 3, 0), batch(3, 3, 3), batch(4, 6, 0),
                              batch(5, 6, 1)};
    store_ok(pg_do(pg, PG_TRANSACTION, calls, ARRAY_LEN(calls), NULL, &err), &err);
}

static void since(int64_t seq, const char *wanted)
{
    struct pg_params *p = room_params();
    struct pg_rows rows = {0};
    struct buf b = {.arena = &arena};
    pg_add_int2(p, 1);
    pg_add_int8(p, seq);
    store_ok(pg_query(pg, "journal_since", p, &rows, &err), &err);
    for (size_t i = 0; i < rows.count; i++)
        buf_printf(&b, "%s%lld", i ? " " : "", (long long)pg_int(&rows, i, 1));
    pg_rows_release(&rows);
    struct str found = buf_done(&b);
    ck_assert_msg(str_is(found, wanted), "since %lld: %.*s, wanted %s", (long long)seq,
                  STR_ARG(found), wanted);
}

START_TEST(batches_are_found_by_sequence)
{
    told();
    since(0, "1 3 6");
    since(1, "1 3 6"); /* event 2 is in the first */
    since(2, "3 6");
    since(4, "3 6");
    since(5, "6");
    since(6, "");
    since(99, "");
    struct pg_params *p = room_params();
    struct pg_rows rows = {0};
    pg_add_int2(p, 0); /* another partition has told nothing */
    pg_add_int8(p, 0);
    store_ok(pg_query(pg, "journal_since", p, &rows, &err), &err);
    ck_assert_uint_eq(rows.count, 0);
    pg_rows_release(&rows);
}
END_TEST

START_TEST(single_events_are_found)
{
    told();
    int64_t seqs[] = {6, 2, 4, 7, 3};
    struct pg_params *p = room_params();
    struct pg_rows rows = {0};
    pg_add_int2(p, 1);
    pg_add_int8_array(p, seqs, ARRAY_LEN(seqs));
    store_ok(pg_query(pg, "journal_some", p, &rows, &err), &err);
    ck_assert_uint_eq(rows.count, 4); /* 7 was never told */
    static const int64_t order[] = {2, 3, 4, 6};
    for (size_t i = 0; i < 4; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%d", (int)order[i]);
        ck_assert_int_eq(pg_int(&rows, i, 0), order[i]);
        ck_assert_int_eq(pg_int(&rows, i, 1), order[i] % 4);
        ck_assert(str_is(pg_text(&rows, i, 2), key));
        ck_assert_int_eq(pg_is_null(&rows, i, 4), order[i] % 3 == 0);
    }
    ck_assert(str_is(pg_text(&rows, 0, 4), "{\"n\":2}"));
    pg_rows_release(&rows);
    ck_assert_int_eq(runtime_number(pg, "select count(*) from journal_event"), 6);
    ck_assert_int_eq(runtime_number(pg, "select seq from journal_event where subject = 'o4' and "
                                        "event_id = '1-4' and key = 'k4' and topic = 'even.v1'"),
                     4);
}
END_TEST

static size_t note(int64_t epoch, const int64_t *seqs, size_t count)
{
    struct pg_params *p = room_params();
    struct pg_rows rows = {0};
    pg_add_int2(p, 1);
    pg_add_int8_array(p, seqs, count);
    pg_add_int8(p, epoch);
    store_ok(pg_query(pg, "unsent_note", p, &rows, &err), &err);
    size_t noted = rows.count;
    pg_rows_release(&rows);
    return noted;
}

START_TEST(refused_events_are_named_by_their_owner_only)
{
    told();
    struct stream s = runtime_take(pg, 1);
    int64_t seqs[] = {2, 3, 4};
    ck_assert_uint_eq(note(s.epoch - 1, seqs, 3), 0);
    ck_assert_int_eq(runtime_number(pg, "select count(*) from unsent"), 0);
    ck_assert_uint_eq(note(s.epoch, seqs, 3), 3);
    ck_assert_uint_eq(note(s.epoch, seqs, 3), 3); /* again: the same */
    ck_assert_int_eq(runtime_number(pg, "select count(*) from unsent where topic = 'even.v1'"), 2);
    struct pg_params *p = room_params();
    struct pg_rows rows = {0};
    pg_add_int2(p, 1);
    store_ok(pg_query(pg, "unsent_load", p, &rows, &err), &err);
    ck_assert_uint_eq(rows.count, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(pg_int(&rows, i, 1), seqs[i]);
    pg_rows_release(&rows);
    for (int64_t epoch = s.epoch - 1; epoch <= s.epoch; epoch++) {
        p = room_params();
        pg_add_int2(p, 1);
        pg_add_int8_array(p, seqs, 2);
        pg_add_int8(p, epoch);
        store_ok(pg_query(pg, "unsent_remove", p, NULL, &err), &err);
        ck_assert_int_eq(runtime_number(pg, "select count(*) from unsent"),
                         epoch == s.epoch ? 1 : 3);
    }
}
END_TEST

START_TEST(what_was_told_stays_told)
{
    told();
    struct pg *app = runtime_connect();
    store_run(app, "set role batuta_" RUNTIME_SCHEMA);
    store_run(app, "select journal_extend('2027-03-31T23:59:59Z')");
    store_run(app, "select journal_extend('2027-03-01Z')"); /* once is enough */
    ck_assert_int_eq(runtime_number(pg, "select count(*) from pg_inherits where inhparent = "
                                        "'journal'::regclass"),
                     2);
    store_run(app,
              "insert into journal select part, batch_no, '2027-03-31T23:59:59Z', incarnation, "
              "first_seq, event_count, topics, partitions, keys, types, headers, bodies, "
              "inputs, versions from journal where batch_no = 1");
    ck_assert_int_eq(runtime_number(pg, "select count(*) from journal_202703"), 1);
    static const char *const refused[] = {"update journal set batch_no = 9",
                                          "delete from journal",
                                          "truncate journal",
                                          "update journal_202601 set batch_no = 9",
                                          "delete from journal_202601",
                                          "update journal_202703 set batch_no = 9",
                                          "delete from journal_202703",
                                          "truncate journal_202703",
                                          "drop table journal_202703",
                                          "create table mine (n int)",
                                          "alter table stream add column x int"};
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        store_refused(app, refused[i], "42501");
    store_run(app, "update stream set epoch = epoch"); /* its own it may */
    struct pg_call late = batch(9, 7, 1);
    pg_free(app);
    store_run(pg, "drop table journal_202601"); /* retention drops months, and only months */
    ck_assert(!pg_do(pg, PG_TRANSACTION, &late, 1, NULL, &err));
    ck_assert_int_eq(err.fate, ERR_POISON);
}
END_TEST

/* ---- timers */

static void timer_set(const char *id, const char *due, const char *body)
{
    struct pg_params *p = room_params();
    int16_t part = 1;
    struct instant time = at(due);
    struct str texts[] = {str_of(id),  STR("key"),   STR("order"),
                          STR("kind"), str_of(body), STR("c")};
    pg_add_int2_array(p, &part, 1);
    pg_add_text_array(p, &texts[0], 1);
    pg_add_time_array(p, &time, 1);
    for (size_t i = 1; i < ARRAY_LEN(texts); i++)
        pg_add_text_array(p, &texts[i], 1);
    store_ok(pg_query(pg, "timer_set", p, NULL, &err), &err);
}

static struct str timers_due(const char *until)
{
    struct pg_params *p = room_params();
    struct pg_rows rows = {0};
    struct buf b = {.arena = &arena};
    pg_add_int2(p, 1);
    pg_add_time(p, at(until));
    store_ok(pg_query(pg, "timer_due", p, &rows, &err), &err);
    for (size_t i = 0; i < rows.count; i++)
        buf_printf(&b, "%.*s%.*s ", STR_ARG(pg_text(&rows, i, 1)), STR_ARG(pg_text(&rows, i, 6)));
    pg_rows_release(&rows);
    return buf_done(&b);
}

START_TEST(timers_move_and_fire_in_order)
{
    timer_set("b", "2026-01-01T00:00:02Z", "1");
    timer_set("a", "2026-01-01T00:00:02Z", "1");
    timer_set("c", "2026-01-01T00:00:01Z", "1");
    timer_set("d", "2026-01-01T00:00:09Z", "1");
    ck_assert(str_is(timers_due("2026-01-01T00:00:02Z"), "c1 a1 b1 "));
    timer_set("c", "2026-01-01T00:00:03Z", "2"); /* the same timer, moved */
    ck_assert(str_is(timers_due("2026-01-01T00:00:03Z"), "a1 b1 c2 "));
    struct pg_params *p = room_params();
    int16_t parts[] = {1, 0};
    struct str ids[] = {STR("a"), STR("b")}; /* b of another partition is another timer */
    pg_add_int2_array(p, parts, 2);
    pg_add_text_array(p, ids, 2);
    store_ok(pg_query(pg, "timer_clear", p, NULL, &err), &err);
    ck_assert(str_is(timers_due("2026-01-01T00:01:00Z"), "b1 c2 d1 "));
    struct pg_rows rows = {0};
    p = room_params();
    pg_add_int2(p, 1);
    store_ok(pg_query(pg, "timer_next", p, &rows, &err), &err);
    ck_assert(pg_time(&rows, 0, 0).at == at("2026-01-01T00:00:02Z").at);
    pg_rows_release(&rows);
}
END_TEST

/* ---- parked */

START_TEST(parked_records_wait_in_order)
{
    struct parked_row rows[] = {{.part = 1,
                                 .key = STR("k\xff"),
                                 .subject = STR("o1"),
                                 .n = 2,
                                 .topic = STR("t"),
                                 .value = STR_NONE,
                                 .parked_at = at("2026-01-01T00:00:00Z"),
                                 .reason = STR("")},
                                {.part = 1,
                                 .key = STR("k\xff"),
                                 .subject = STR("o1"),
                                 .n = 1,
                                 .topic = STR("t"),
                                 .headers = STR("a=b\n"),
                                 .value = STR("\0x"),
                                 .source_partition = 3,
                                 .source_offset = 9,
                                 .broker_time = at("2025-01-01T00:00:00Z"),
                                 .parked_at = at("2026-01-01T00:00:00Z"),
                                 .reason = STR("broken")},
                                {.part = 1,
                                 .key = STR("k2"),
                                 .n = 1,
                                 .topic = STR("timer"),
                                 .value = STR(""),
                                 .parked_at = at("2026-01-01T00:00:00Z")}};
    for (int again = 0; again < 2; again++) {
        struct pg_call call = parked_add_call(rows, ARRAY_LEN(rows), &arena);
        store_ok(pg_do(pg, PG_TRANSACTION, &call, 1, NULL, &err), &err);
    }
    ck_assert_int_eq(runtime_number(pg, "select sum(attempts) from parked"), 6);
    struct parked_set set;
    parked_set_init(&set);
    store_ok(parked_load_heads(&set, pg, 1, &arena, &err), &err);
    ck_assert_uint_eq(set.count, 2);
    ck_assert_int_eq(parked_find(&set, STR("k\xff"), STR("o1"))->last_n, 2);
    ck_assert(parked_find(&set, STR("k2"), STR("any")) != NULL);
    parked_set_release(&set);
    struct parked_list list = {.part = 1, .key = STR("k\xff"), .subject = STR("o1")};
    store_ok(parked_read(pg, &list, &arena, &err), &err);
    ck_assert_uint_eq(list.count, 2);
    ck_assert(!list.more);
    ck_assert_int_eq(list.rows[0].n, 1);
    ck_assert(str_eq(list.rows[0].value, STR("\0x")));
    ck_assert(str_eq(list.rows[0].headers, STR("a=b\n")));
    ck_assert_int_eq(list.rows[0].source_partition, 3);
    ck_assert_int_eq(list.rows[0].source_offset, 9);
    ck_assert(list.rows[0].broker_time.at == at("2025-01-01T00:00:00Z").at);
    ck_assert(!str_present(list.rows[1].value));
    struct pg_call call = parked_remove_call(list.rows, 1, &arena);
    store_ok(pg_do(pg, PG_TRANSACTION, &call, 1, NULL, &err), &err);
    ck_assert_int_eq(runtime_number(pg, "select n from parked where subject = 'o1'"), 2);
}
END_TEST

/* ---- reference data */

static struct buf applied;

static void *snapshot_new(void)
{
    return &applied;
}

static void snapshot_apply(void *snapshot, const struct reference_row *row)
{
    buf_printf(snapshot, "%.*s/%.*s=%.*s@%lld ", STR_ARG(row->kind), STR_ARG(row->id),
               STR_ARG(row->doc), (long long)row->version);
}

static void snapshot_free(void *snapshot)
{
    (void)snapshot;
}

static void reference_save(int32_t part, const char *id, const char *doc, int64_t version,
                           bool good)
{
    struct fold f = {.arena = &arena};
    struct fold_reference r = {part, "colour", str_of(id), str_of(doc), version};
    f.references.items = &r;
    f.references.count = 1;
    fold_kind_add(&f, "colour", version - 1);
    f.kinds[0].version = version;
    f.kinds[0].changed = true;
    f.kinds[0].part = part;
    struct pg_call calls[2];
    ck_assert_uint_eq(references_calls(&f, &arena, calls), 2);
    if (good)
        store_ok(pg_do(pg, PG_TRANSACTION, calls, 2, NULL, &err), &err);
    else
        runtime_fenced(pg, calls, 2);
}

START_TEST(reference_data_has_one_writer_and_is_read_by_version)
{
    struct service service = demo_service;
    service.snapshot_new = snapshot_new;
    service.snapshot_apply = snapshot_apply;
    service.snapshot_free = snapshot_free;
    applied = (struct buf){.arena = &arena};
    struct references r;
    references_init(&r, &service);
    reference_save(1, "red", "1", 1, true);
    reference_save(1, "blue", "1", 2, true);
    reference_save(1, "red", "2", 3, true);
    store_ok(references_refresh(&r, pg, &arena, &err), &err);
    ck_assert(str_is(buf_done(&applied), "colour/blue=1@2 colour/red=2@3 ")); /* the last of each */
    ck_assert_int_eq(r.versions[0], 3);
    applied = (struct buf){.arena = &arena};
    store_ok(references_refresh(&r, pg, &arena, &err), &err);
    ck_assert_uint_eq(applied.size, 0);
    reference_save(1, "blue", NULL, 4, true); /* removed */
    store_ok(references_refresh(&r, pg, &arena, &err), &err);
    ck_assert(str_is(buf_done(&applied), "colour/blue=@4 "));
    reference_save(2, "red", "9", 5, false); /* the kind belongs to partition 1 */
    ck_assert_int_eq(runtime_number(pg, "select count(*) from reference where doc = '9'"), 0);
    references_release(&r);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("journal");
    TCase *c = tcase_create("journal");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 30);
    tcase_add_test(c, batches_are_found_by_sequence);
    tcase_add_test(c, single_events_are_found);
    tcase_add_test(c, refused_events_are_named_by_their_owner_only);
    tcase_add_test(c, what_was_told_stays_told);
    tcase_add_test(c, timers_move_and_fire_in_order);
    tcase_add_test(c, parked_records_wait_in_order);
    tcase_add_test(c, reference_data_has_one_writer_and_is_read_by_version);
    suite_add_tcase(s, c);
    return s;
}

STORE_MAIN(suite)
