/* parked: which queue holds a record back. */
#include "common/parked.h"

#include "common/holes.h"
#include "tests/unit/runtime_demo.h"
#include "tests/unit/unit.h"

START_TEST(an_order_waits_alone)
{
    struct parked_set p;
    parked_set_init(&p);
    ck_assert(parked_find(&p, STR("k"), STR("o1")) == NULL);
    struct parked_queue *q = parked_queue_of(&p, STR("k"), STR("o1"));
    q->last_n = 7;
    ck_assert_int_eq(parked_queue_of(&p, STR("k"), STR("o1"))->last_n, 7);
    ck_assert(parked_find(&p, STR("k"), STR("o1")) != NULL);
    ck_assert(parked_find(&p, STR("k"), STR("o2")) == NULL);
    ck_assert(parked_find(&p, STR("k"), STR_NONE) == NULL);
    ck_assert(parked_find(&p, STR("other"), STR("o1")) == NULL);
    parked_forget(&p, STR("k"), STR("o2"));
    ck_assert_uint_eq(p.count, 1);
    parked_forget(&p, STR("k"), STR("o1"));
    ck_assert_uint_eq(p.count, 0);
    parked_set_release(&p);
}
END_TEST

START_TEST(a_whole_key_holds_all_of_it)
{
    struct parked_set p;
    parked_set_init(&p);
    parked_queue_of(&p, STR("k"), STR(""));
    parked_queue_of(&p, STR("k"), STR("o1"));
    ck_assert_view(parked_find(&p, STR("k"), STR("o1"))->subject, ""); /* the wider one */
    ck_assert_view(parked_find(&p, STR("k"), STR("o2"))->subject, "");
    ck_assert_view(parked_find(&p, STR("k"), STR_NONE)->subject, "");
    ck_assert(parked_find(&p, STR("k2"), STR("o1")) == NULL);
    parked_set_release(&p);
}
END_TEST

START_TEST(many_queues_and_keys_of_any_bytes)
{
    struct parked_set p;
    parked_set_init(&p);
    for (int i = 0; i < 100; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        parked_queue_of(&p, str_of(key), STR(""))->last_n = i;
    }
    ck_assert_uint_eq(p.count, 100);
    ck_assert_int_eq(parked_find(&p, STR("k64"), STR_NONE)->last_n, 64);
    parked_queue_of(&p, STR_NONE, STR("")); /* a record without a key, on a closed topic */
    ck_assert(parked_find(&p, STR_NONE, STR("o")) != NULL);
    ck_assert(parked_find(&p, STR(""), STR("o")) != NULL); /* stored, both are '' */
    parked_queue_of(&p, STR("a\0b"), STR(""));
    ck_assert(parked_find(&p, STR("a\0b"), STR_NONE) != NULL);
    ck_assert(parked_find(&p, STR("a\0c"), STR_NONE) == NULL);
    parked_set_release(&p);
    ck_assert_uint_eq(p.count, 0);
}
END_TEST

START_TEST(operator_types)
{
    ck_assert_ptr_eq(
        parked_type_of(&demo_service, &demo_commands, STR("batuta.demo.parked.redrive.v1")),
        &demo_redrive_type);
    ck_assert_ptr_eq(
        parked_type_of(&demo_service, &demo_commands, STR("batuta.demo.parked.discard.v1")),
        &demo_discard_type);
    ck_assert(!parked_type_of(&demo_service, &demo_source, STR("batuta.demo.parked.discard.v1")));
    ck_assert(!parked_type_of(&demo_service, &demo_commands, STR("batuta.demo.thing.set.v1")));
}
END_TEST

START_TEST(holes_are_said_until_the_chain_continues)
{
    struct stream_plan plan;
    struct holes h = {.count = 0};
    char text[256];
    stream_plan_init(&plan, &demo_service, DEMO_PARTITION_COUNT);
    struct hole one = {2, DEMO_SOURCE, 3, 41}, later = {2, DEMO_SOURCE, 3, 41},
                two = {1, DEMO_SOURCE, 3, 7};
    holes_text(&h, &plan, text, sizeof text);
    ck_assert_str_eq(text, "");
    holes_open(&h, &one);
    holes_open(&h, &later);
    ck_assert_uint_eq(h.count, 1);
    holes_text(&h, &plan, text, sizeof text);
    ck_assert_str_eq(text, "1 chain misses a link: source/3 on source.events.v1/2 after sequence "
                           "41; batuta-source republish sends it again");
    holes_open(&h, &two);
    ck_assert_uint_eq(h.count, 2);
    holes_close(&h, &one);
    holes_close(&h, &one);
    ck_assert_uint_eq(h.count, 1);
    ck_assert_int_eq(h.items[0].part, 1);
    holes_forget(&h, 2);
    ck_assert_uint_eq(h.count, 1);
    holes_forget(&h, 1);
    ck_assert_uint_eq(h.count, 0);
    for (int i = 0; i < HOLE_COUNT_MAX + 5; i++)
        holes_open(&h, &(struct hole){i, DEMO_SOURCE, 0, 1});
    ck_assert_uint_eq(h.count, HOLE_COUNT_MAX);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {an_order_waits_alone, a_whole_key_holds_all_of_it,
                                  many_queues_and_keys_of_any_bytes, operator_types,
                                  holes_are_said_until_the_chain_continues};
    return unit_suite("parked", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
