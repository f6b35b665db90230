/* test_metrics: values and their Prometheus text. */
#include "common/metrics.h"
#include "tests/unit/unit.h"

START_TEST(values_add_and_set)
{
    struct metric m = {.name = "batches_total", .kind = METRIC_COUNTER, .doc = "Batches."};
    metric_add(&m, 2);
    metric_add(&m, 40);
    ck_assert_int_eq(metric_value(&m), 42);
    metric_set(&m, -1);
    ck_assert_int_eq(metric_value(&m), -1);
}
END_TEST

START_TEST(text_is_prometheus)
{
    struct metric table[] = {
        {.name = "batches_total", .kind = METRIC_COUNTER, .doc = "Batches \\ done.\nAll."},
        {.name = "lag", .kind = METRIC_GAUGE, .doc = "Records behind."}};
    metric_add(&table[0], 7);
    metric_set(&table[1], INT64_MIN);
    struct arena arena;
    arena_init(&arena);
    struct buf out = {.arena = &arena};
    metrics_write(table, ARRAY_LEN(table), "a\"b", &out);
    ck_assert_str_eq(buf_done(&out).at, "# HELP batuta_batches_total Batches \\\\ done.\\nAll.\n"
                                        "# TYPE batuta_batches_total counter\n"
                                        "batuta_batches_total{service=\"a\\\"b\"} 7\n"
                                        "# HELP batuta_lag Records behind.\n"
                                        "# TYPE batuta_lag gauge\n"
                                        "batuta_lag{service=\"a\\\"b\"} -9223372036854775808\n");
    arena_release(&arena);
}
END_TEST

START_TEST(empty_table_is_empty_text)
{
    struct arena arena;
    arena_init(&arena);
    struct buf out = {.arena = &arena};
    metrics_write(NULL, 0, "orders", &out);
    ck_assert_uint_eq(buf_done(&out).size, 0);
    arena_release(&arena);
}
END_TEST

static Suite *metrics_suite(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tests = tcase_create("metrics");
    tcase_add_test(tests, values_add_and_set);
    tcase_add_test(tests, text_is_prometheus);
    tcase_add_test(tests, empty_table_is_empty_text);
    suite_add_tcase(suite, tests);
    return suite;
}

UNIT_MAIN(metrics_suite)
