/* test_stream: the fenced row: created once, taken by raising the epoch, advanced only by who took
 * it last, whole or not at all. */
#include <unistd.h>

#include "tests/store/runtime_room.h"

static struct pg *pg;

static void set_up(void)
{
    pg = runtime_open();
}

static void tear_down(void)
{
    runtime_close(pg);
}

static void advance(struct stream *s)
{
    struct err e = {0};
    struct pg_call call = stream_advance_call(&plan, s, &arena);
    store_ok(pg_do(pg, PG_TRANSACTION, &call, 1, NULL, &e), &e);
    s->batch_no++;
}

START_TEST(a_row_is_made_taken_and_advanced)
{
    struct stream s = runtime_take(pg, 2), again;
    ck_assert_int_eq(s.epoch, 1);
    ck_assert_int_eq(s.batch_no, 0);
    ck_assert_int_eq(s.incarnation, 1);
    ck_assert_int_eq(s.in_off[DEMO_SOURCE], BUS_FROM_BEGINNING);
    ck_assert_str_eq(s.cluster_id, "cluster-1");
    s.now = (struct instant){1769000000000000};
    s.in_off[DEMO_SOURCE] = 77;
    s.seen_incarnation[DEMO_SOURCE * DEMO_PARTITION_COUNT + 3] = 2;
    s.seen_seq[DEMO_SOURCE * DEMO_PARTITION_COUNT + 3] = INT64_MAX;
    s.dest_seq[1 * DEMO_PARTITION_COUNT + 1] = 9;
    s.out_seq = 10;
    s.pub_seq = 4;
    advance(&s);
    advance(&s);
    again = runtime_take(pg, 2);
    ck_assert_int_eq(again.epoch, 2);
    ck_assert_int_eq(again.batch_no, 2);
    ck_assert(again.now.at == s.now.at);
    ck_assert_int_eq(again.in_off[DEMO_SOURCE], 77);
    ck_assert_int_eq(again.in_off[DEMO_COMMANDS], BUS_FROM_BEGINNING);
    ck_assert_int_eq(again.seen_incarnation[DEMO_SOURCE * DEMO_PARTITION_COUNT + 3], 2);
    ck_assert(again.seen_seq[DEMO_SOURCE * DEMO_PARTITION_COUNT + 3] == INT64_MAX);
    ck_assert_int_eq(again.dest_seq[1 * DEMO_PARTITION_COUNT + 1], 9);
    ck_assert_int_eq(again.out_seq, 10);
    ck_assert_int_eq(again.pub_seq, 4);
}
END_TEST

START_TEST(takings_without_progress_are_counted)
{
    ck_assert_int_eq(runtime_take(pg, 0).takings_idle, 0);
    ck_assert_int_eq(runtime_take(pg, 0).takings_idle, 1); /* no batch since */
    struct stream s = runtime_take(pg, 0);
    ck_assert_int_eq(s.takings_idle, 2);
    advance(&s);
    ck_assert_int_eq(runtime_take(pg, 0).takings_idle, 0);
    ck_assert_int_eq(runtime_take(pg, 0).takings_idle, 1);
}
END_TEST

static struct pg_call some_timer(void)
{
    struct pg_params *p = room_params();
    int16_t part = 0;
    struct str text = STR("t");
    struct instant due = {1};
    pg_add_int2_array(p, &part, 1);
    pg_add_text_array(p, &text, 1);
    pg_add_time_array(p, &due, 1);
    for (int i = 0; i < 5; i++)
        pg_add_text_array(p, &text, 1);
    return (struct pg_call){"timer_set", p};
}

START_TEST(a_foreign_epoch_or_batch_undoes_the_whole_pipeline)
{
    struct stream one = runtime_take(pg, 0), two = runtime_take(pg, 1);
    struct stream taken = runtime_take(pg, 1); /* another process */
    struct pg_call calls[] = {stream_advance_call(&plan, &one, &arena),
                              stream_advance_call(&plan, &two, &arena), some_timer()};
    runtime_fenced(pg, calls, 3);
    ck_assert_int_eq(runtime_number(pg, "select count(*) from timer"), 0);
    ck_assert_int_eq(runtime_number(pg, "select batch_no from stream where part = 0"), 0);
    calls[1] = stream_advance_call(&plan, &taken, &arena);
    struct err e = {0};
    store_ok(pg_do(pg, PG_TRANSACTION, calls, 3, NULL, &e), &e);
    ck_assert_int_eq(runtime_number(pg, "select count(*) from timer"), 1);
    ck_assert_int_eq(runtime_number(pg, "select sum(batch_no)::bigint from stream"), 2);
    runtime_fenced(pg, calls, 3); /* the same batch again: its number has passed */
    ck_assert_int_eq(runtime_number(pg, "select sum(batch_no)::bigint from stream"), 2);
    ck_assert_int_eq(runtime_number(pg, "select count(*) from stream"), 2);
    struct stream absent = one;
    absent.part = 3;
    struct pg_call call = stream_advance_call(&plan, &absent, &arena);
    runtime_fenced(pg, &call, 1);
}
END_TEST

/* Between batches: only how far it has read, and only while nothing else has happened. */
START_TEST(positions_are_saved_without_a_batch)
{
    struct stream s = runtime_take(pg, 0), again;
    struct err e = {0};
    advance(&s);
    s.in_off[DEMO_SOURCE] = 78;
    s.seen_seq[DEMO_SOURCE * DEMO_PARTITION_COUNT + 3] = 12;
    s.out_seq = 99; /* is not among them */
    struct pg_call call = stream_pass_call(&plan, &s, &arena);
    store_ok(pg_query(pg, call.statement, call.params, NULL, &e), &e);
    struct stream late = s;
    late.batch_no--;
    call = stream_pass_call(&plan, &late, &arena);
    runtime_fenced(pg, &call, 1);
    again = runtime_take(pg, 0);
    ck_assert_int_eq(again.in_off[DEMO_SOURCE], 78);
    ck_assert_int_eq(again.seen_seq[DEMO_SOURCE * DEMO_PARTITION_COUNT + 3], 12);
    ck_assert_int_eq(again.batch_no, 1);
    ck_assert_int_eq(again.out_seq, 0);
    call = stream_pass_call(&plan, &s, &arena); /* it was taken by another */
    runtime_fenced(pg, &call, 1);
}
END_TEST

static void publish(int64_t epoch, int64_t seq)
{
    struct pg_params *p = room_params();
    struct err e = {0};
    const int16_t parts[] = {0, 1};
    const int64_t epochs[] = {epoch, 1 << 20}, seqs[] = {seq, 3}; /* the other one is not ours */
    pg_add_int2_array(p, parts, ARRAY_LEN(parts));
    pg_add_int8_array(p, epochs, ARRAY_LEN(epochs));
    pg_add_int8_array(p, seqs, ARRAY_LEN(seqs));
    store_ok(pg_query(pg, "stream_publish", p, NULL, &e), &e);
}

START_TEST(what_was_acknowledged_is_saved_under_the_epoch)
{
    struct stream s = runtime_take(pg, 0);
    s.out_seq = 10;
    advance(&s);
    publish(s.epoch, 6);
    ck_assert_int_eq(runtime_number(pg, "select pub_seq from stream"), 6);
    ck_assert_int_eq(runtime_number(pg, "select batch_no from stream"), 1); /* stays */
    publish(s.epoch - 1, 9);
    ck_assert_int_eq(runtime_number(pg, "select pub_seq from stream"), 6);
    s.pub_seq = 11; /* more than was told */
    struct pg_call call = stream_advance_call(&plan, &s, &arena);
    struct err e = {0};
    ck_assert(!pg_do(pg, PG_TRANSACTION, &call, 1, NULL, &e));
    ck_assert_int_eq(e.fate, ERR_POISON);
}
END_TEST

static int64_t rewind_to(int64_t seq)
{
    struct pg_params *p = room_params();
    struct err e = {0};
    pg_add_int2(p, 0);
    pg_add_int8(p, seq);
    store_ok(pg_query(pg, "stream_rewind", p, NULL, &e), &e);
    return runtime_number(pg, "select pub_seq from stream");
}

START_TEST(a_rewind_goes_back_only_and_fences_the_owner)
{
    struct stream s = runtime_take(pg, 0);
    s.out_seq = 10;
    s.pub_seq = 8;
    advance(&s);
    ck_assert_int_eq(rewind_to(9), 8);
    ck_assert_int_eq(rewind_to(3), 3);
    struct pg_call call = stream_advance_call(&plan, &s, &arena);
    runtime_fenced(pg, &call, 1);
    struct err e = {0};
    struct pg_rows rows = {0};
    store_ok(pg_query(pg, "stream_epochs", NULL, &rows, &e), &e);
    ck_assert_uint_eq(rows.count, 1);
    ck_assert_int_eq(pg_int(&rows, 0, 1), s.epoch + 2);
    ck_assert_int_eq(pg_int(&rows, 0, 2), s.batch_no);
    pg_rows_release(&rows);
    struct pg_params *p = room_params();
    pg_add_int2(p, 0);
    pg_add_int8(p, 1);
    store_ok(pg_query(pg, "stream_reincarnate", p, &rows, &e), &e);
    ck_assert_int_eq(pg_int(&rows, 0, 0), 2);
    pg_rows_release(&rows);
    ck_assert_int_eq(runtime_take(pg, 0).incarnation, 2);
}
END_TEST

START_TEST(a_suspect_is_marked_under_the_epoch)
{
    struct stream s = runtime_take(pg, 0);
    for (int64_t epoch = s.epoch; epoch <= s.epoch + 1; epoch++) {
        struct pg_params *p = room_params();
        pg_add_int2(p, 0);
        pg_add_int8(p, epoch);
        pg_add_text(p, STR("orders.commands.v1/0/7"));
        pg_add_int4(p, 2);
        struct pg_call call = {"stream_suspect", p};
        struct err e = {0};
        if (epoch == s.epoch)
            store_ok(pg_do(pg, PG_TRANSACTION, &call, 1, NULL, &e), &e);
        else
            runtime_fenced(pg, &call, 1);
    }
    s = runtime_take(pg, 0);
    ck_assert_str_eq(s.suspect, "orders.commands.v1/0/7");
    ck_assert_int_eq(s.strikes, 2);
}
END_TEST

/* A later version reads topics in another order, and one more. */
START_TEST(positions_follow_their_topics)
{
    struct stream s = runtime_take(pg, 1), again;
    s.in_off[DEMO_COMMANDS] = 5;
    s.in_off[DEMO_SOURCE] = 77;
    s.seen_seq[DEMO_SOURCE * DEMO_PARTITION_COUNT + 3] = 12;
    s.dest_seq[1 * DEMO_PARTITION_COUNT + 2] = 9;
    s.dest_seq[0 * DEMO_PARTITION_COUNT + 2] = 8;
    advance(&s);
    struct stream_plan later = plan;
    later.inputs[0] = plan.inputs[DEMO_SOURCE];
    later.inputs[1] = &demo_partner;
    later.inputs[2] = plan.inputs[DEMO_ROUTED];
    later.outputs[0] = plan.outputs[1];
    later.outputs[1] = plan.outputs[0];
    struct err e = {0};
    stream_init(&again, &later, 1, &arena);
    store_ok(stream_take(pg, &later, &again, &arena, &e), &e);
    ck_assert_int_eq(again.in_off[0], 77);
    ck_assert_int_eq(again.in_off[1], BUS_FROM_BEGINNING);
    ck_assert_int_eq(again.seen_seq[3], 12);
    ck_assert_int_eq(again.dest_seq[0 * DEMO_PARTITION_COUNT + 2], 9);
    ck_assert_int_eq(again.dest_seq[1 * DEMO_PARTITION_COUNT + 2], 8);
    later = plan;
    later.partition_count = DEMO_PARTITION_COUNT + 1;
    stream_init(&again, &later, 1, &arena);
    ck_assert(!stream_take(pg, &later, &again, &arena, &e));
    ck_assert_int_eq(e.fate, ERR_FATAL);
    ck_assert_msg(strstr(e.text, "partitions: 5") != NULL, "%s", e.text);
}
END_TEST

START_TEST(a_sleeping_backend_is_ended)
{
    struct pg *sleeper = runtime_connect(), *stranger = store_admin();
    struct stream s = runtime_take(pg, 0);
    struct pg_settings settings = {.conninfo = store_conninfo(),
                                   .user = store_superuser(),
                                   .schema = RUNTIME_SCHEMA,
                                   .stores =
                                       (const struct sql_file *const[]){&runtime_store, NULL}};
    store_run(sleeper, "begin; update stream set batch_no = batch_no + 1 where part = 0");
    struct take_watch *watch = take_watch_start(&settings, pg_backend_pid(pg));
    struct stream again = runtime_take(pg, 0); /* would wait for ever */
    ck_assert_int_eq(take_watch_stop(watch), 1);
    ck_assert_int_eq(again.epoch, s.epoch + 1);
    ck_assert_int_eq(again.batch_no, s.batch_no); /* what the sleeper began is undone */
    struct err e = {0};
    ck_assert(!pg_run(sleeper, "commit", &e));
    pg_free(sleeper);
    /* Nobody in the way: nobody is ended. */
    watch = take_watch_start(&settings, pg_backend_pid(pg));
    (void)runtime_take(pg, 0);
    ck_assert_int_eq(take_watch_stop(watch), 0);
    store_run(stranger, "select 1");
    pg_free(stranger);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("stream");
    TCase *c = tcase_create("stream");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 30);
    tcase_add_test(c, a_row_is_made_taken_and_advanced);
    tcase_add_test(c, takings_without_progress_are_counted);
    tcase_add_test(c, a_foreign_epoch_or_batch_undoes_the_whole_pipeline);
    tcase_add_test(c, positions_are_saved_without_a_batch);
    tcase_add_test(c, what_was_acknowledged_is_saved_under_the_epoch);
    tcase_add_test(c, a_rewind_goes_back_only_and_fences_the_owner);
    tcase_add_test(c, a_suspect_is_marked_under_the_epoch);
    tcase_add_test(c, positions_follow_their_topics);
    tcase_add_test(c, a_sleeping_backend_is_ended);
    suite_add_tcase(s, c);
    return s;
}

STORE_MAIN(suite)
