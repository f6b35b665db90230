/* intake: chains of closed topics, strangers on them, and records that came to the wrong partition.
 */
#include "tests/unit/intake_case.h"

static void is_repeat(struct item it)
{
    ck_assert(it.fate == ITEM_SKIP && !it.hole && !it.linked);
}

static void is_hole(struct item it, int32_t source)
{
    ck_assert(it.fate == ITEM_SKIP && it.hole && !it.linked);
    ck_assert_int_eq(it.source, source);
    ck_assert_int_eq(row.in_off[DEMO_SOURCE], record.offset + 1); /* moves on all the same */
}

static void is_taken(struct item it)
{
    ck_assert_int_eq(it.fate, ITEM_DECIDE);
    ck_assert(it.linked && !it.hole);
}

/* ---- the chain */

START_TEST(a_chain_is_followed)
{
    setup();
    is_taken(linked(0, 1, 4, 0)); /* a fresh start: prev 0, whatever its own number */
    ck_assert_int_eq(seen(0), 4);
    is_taken(linked(0, 1, 9, 4));
    is_repeat(linked(0, 1, 9, 4));
    is_repeat(linked(0, 1, 4, 0));
    is_repeat(linked(0, 1, 7, 4)); /* below what was seen */
    ck_assert_int_eq(seen(0), 9);
    is_hole(linked(0, 1, 12, 11), 0);
    is_hole(linked(0, 1, 12, 4), 0); /* a link that passes over ours */
    ck_assert_int_eq(seen(0), 9);
    is_taken(linked(0, 1, 11, 9)); /* sent again */
    is_taken(linked(0, 1, 12, 11));
    is_taken(linked(1, 1, 3, 0)); /* another source stream, another chain */
    ck_assert_int_eq(seen(1), 3);
    ck_assert_int_eq(seen(0), 12);
    teardown();
}
END_TEST

START_TEST(a_reader_without_a_start_waits_for_it)
{
    setup();
    is_hole(linked(3, 1, 6, 5), 3);
    ck_assert_int_eq(seen_incarnation(3), 0);
    is_taken(linked(3, 1, 5, 0));
    is_taken(linked(3, 1, 6, 5));
    teardown();
}
END_TEST

START_TEST(an_offset_counts_once)
{
    setup();
    is_taken(linked(0, 1, 1, 0));
    next_offset--;
    struct item it = linked(0, 1, 2, 1); /* the same offset again: read twice, or stale */
    is_repeat(it);
    ck_assert_int_eq(seen(0), 1);
    teardown();
}
END_TEST

static struct item chain_start(int32_t part, int64_t incarnation, int64_t seq, const char *old)
{
    begin(DEMO_SOURCE, "batuta.runtime.chain.started.v1", STR("{}"));
    mark(part, incarnation, seq, 0);
    add(CHAIN_START_HEADER, str_of(old));
    return take();
}

START_TEST(a_new_incarnation_starts_a_chain)
{
    setup();
    is_taken(linked(0, 1, 10, 0));
    is_hole(linked(0, 2, 11, 10), 0);         /* without its start */
    is_hole(chain_start(0, 2, 8, "1 11"), 0); /* we have seen less than it knows */
    is_hole(chain_start(0, 2, 8, "3 7"), 0);  /* not of the incarnation that we follow */
    is_hole(chain_start(0, 2, 8, "nonsense"), 0);
    is_hole(chain_start(0, 2, 8, "1 x"), 0);
    struct item it = chain_start(0, 2, 8, "1 7");
    ck_assert(it.fate == ITEM_SKIP && it.linked && !it.hole);
    ck_assert_int_eq(seen(0), 8);
    ck_assert_int_eq(seen_incarnation(0), 2);
    is_repeat(linked(0, 1, 11, 10)); /* of the older one: dropped for good */
    is_repeat(chain_start(0, 2, 8, "1 7"));
    is_taken(linked(0, 2, 9, 8));
    /* A reader that never saw anything: only when nothing was ever told to it. */
    is_hole(chain_start(1, 2, 8, "1 7"), 1);
    it = chain_start(1, 2, 8, "1 0");
    ck_assert(it.fate == ITEM_SKIP && it.linked);
    is_taken(linked(1, 2, 9, 8));
    teardown();
}
END_TEST

START_TEST(strangers_on_a_closed_topic)
{
    setup();
    begin(DEMO_SOURCE, demo_told_type.name, json(""));
    struct item it = take(); /* no mark */
    is_dead(it, "stream_header_unreadable");
    ck_assert(!it.answerable);
    ck_assert_int_eq(row.in_off[DEMO_SOURCE], record.offset + 1);
    begin(DEMO_SOURCE, demo_told_type.name, json(""));
    add(STREAM_HEADER, STR("source/0 1 x 0"));
    is_dead(take(), "stream_header_unreadable");
    begin(DEMO_SOURCE, demo_told_type.name, json(""));
    add(STREAM_HEADER, STR("demo/0 1 1 0")); /* not the owner of this topic */
    is_dead(take(), "stream_header_unreadable");
    begin(DEMO_SOURCE, demo_told_type.name, json(""));
    add(STREAM_HEADER, STR("source/4 1 1 0")); /* no such partition */
    is_dead(take(), "stream_header_unreadable");
    for (int i = 0; i < P; i++)
        ck_assert_int_eq(seen(i), 0);
    teardown();
}
END_TEST

/* ---- misplaced and routed */

START_TEST(a_misplaced_record_is_routed)
{
    setup();
    key = demo_key(&arena, 1);
    begin(DEMO_COMMANDS, demo_set_type.name, json(""));
    struct item it = take();
    ck_assert_int_eq(it.fate, ITEM_ROUTE);
    ck_assert_int_eq(it.in.part, HERE);
    ck_assert_int_eq(row.in_off[DEMO_COMMANDS], record.offset + 1);
    begin(DEMO_COMMANDS, demo_set_type.name, STR("not even JSON")); /* not looked at here */
    ck_assert_int_eq(take().fate, ITEM_ROUTE);
    begin(DEMO_COMMANDS, demo_set_type.name, json(""));
    record.key = STR_NONE; /* nowhere to route it to */
    it = take();
    is_dead(it, "key_missing");
    ck_assert(!it.answerable);
    begin(DEMO_SOURCE, demo_told_type.name, json("")); /* closed topics are placed by their owner */
    mark(0, 1, 1, 0);
    ck_assert_int_eq(take().fate, ITEM_DECIDE);
    teardown();
}
END_TEST

static void routed(const char *from, int64_t seq)
{
    begin(DEMO_ROUTED, demo_set_type.name, json(""));
    struct stream_mark m = {STR("demo"), 1, 1, seq, seq - 1};
    add(STREAM_HEADER, stream_mark_write(&arena, &m));
    if (from)
        add(ROUTED_FROM_HEADER, str_of(from));
    add(ROUTED_TIME_HEADER, STR("4000000"));
}

START_TEST(a_routed_record_is_decided_where_it_came_to)
{
    setup();
    routed("demo.commands.v1/3/41", 1);
    struct item it = take();
    ck_assert_int_eq(it.fate, ITEM_DECIDE);
    ck_assert_ptr_eq(it.topic, &demo_commands);
    ck_assert_int_eq(it.partition, 3);
    ck_assert_int_eq(it.offset, 41);
    ck_assert_view(it.parked.topic, "demo.routed.v1"); /* where it can be found */
    struct item again;
    struct parked_row kept = intake_park(&it, &arena);
    intake_parked(&intake, &kept, &arena, &again);
    ck_assert_int_eq(again.fate, ITEM_DECIDE);
    ck_assert_ptr_eq(again.topic, &demo_commands);
    ck_assert_int_eq(again.offset, 41);
    ck_assert_int_eq(it.in.kind, INPUT_COMMAND);
    ck_assert_int_eq(it.in.broker_time.at, 4000000); /* as old as it was there */
    ck_assert_int_eq(it.parked.broker_time.at, 4000000);
    key = demo_key(&arena, 0); /* never routed again */
    routed("demo.commands.v1/3/42", 2);
    ck_assert_int_eq(take().fate, ITEM_DECIDE);
    routed("demo.commands.v1/3/42", 2);
    is_repeat(take());
    routed("elsewhere.v1/0/1", 3);
    is_dead(take(), "routed_from_unknown");
    routed(NULL, 4);
    is_dead(take(), "routed_from_unknown");
    routed("demo.commands.v1", 5);
    is_dead(take(), "routed_from_unknown");
    teardown();
}
END_TEST

START_TEST(only_routed_records_have_another_time)
{
    setup();
    begin(DEMO_COMMANDS, demo_set_type.name, json(""));
    add(ROUTED_TIME_HEADER, STR("1"));
    add(STREAM_HEADER, STR("source/0 9 9 1")); /* forged: not looked at on open topics */
    struct item it = take();
    ck_assert_int_eq(it.fate, ITEM_DECIDE);
    ck_assert_int_eq(it.in.broker_time.at, 5000000);
    for (size_t i = 0; i < plan.input_count * P; i++)
        ck_assert_int_eq(row.seen_seq[i], 0);
    teardown();
}
END_TEST
static Suite *suite(void)
{
    const TTest *const tests[] = {a_chain_is_followed,
                                  a_reader_without_a_start_waits_for_it,
                                  an_offset_counts_once,
                                  a_new_incarnation_starts_a_chain,
                                  strangers_on_a_closed_topic,
                                  a_misplaced_record_is_routed,
                                  a_routed_record_is_decided_where_it_came_to,
                                  only_routed_records_have_another_time};
    return unit_suite("intake chain", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
