/* suspect: whether the input that was marked as deadly still waits. */
#include "common/stream.h"
#include "tests/unit/runtime_demo.h"
#include "tests/unit/unit.h"

static struct stream_plan plan;
static struct stream row;
static struct arena arena;

static bool waits(const char *suspect, int64_t next)
{
    arena_init(&arena);
    stream_plan_init(&plan, &demo_service, DEMO_PARTITION_COUNT);
    stream_init(&row, &plan, 1, &arena);
    row.in_off[DEMO_SOURCE] = next;
    row.in_off[DEMO_COMMANDS] = 1000;
    snprintf(row.suspect, sizeof row.suspect, "%s", suspect);
    bool found = stream_suspect_waits(&plan, &row);
    arena_release(&arena);
    return found;
}

static const char *at(int64_t offset)
{
    static char name[SUSPECT_SIZE];
    snprintf(name, sizeof name, "%s/1/%lld", demo_source.name, (long long)offset);
    return name;
}

START_TEST(it_waits_until_it_was_passed)
{
    ck_assert(waits(at(7), 3));
    ck_assert(waits(at(7), 7));
    ck_assert(!waits(at(7), 8));
    ck_assert(waits(at(0), -1)); /* nothing was read yet */
}
END_TEST

START_TEST(what_is_no_record_of_ours_does_not_wait)
{
    ck_assert(!waits("", 0));
    ck_assert(!waits("timer/1/o-1/expiry", 0));
    ck_assert(!waits("another.topic/1/9", 0));
    ck_assert(!waits("demo.events.v1/1/", 0));
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {it_waits_until_it_was_passed,
                                  what_is_no_record_of_ours_does_not_wait};
    return unit_suite("suspect", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
