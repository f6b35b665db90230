/* headers: whatever a header holds comes back from its packed form; marks read only what we write.
 */
#include "common/headers.h"

#include "tests/unit/unit.h"

static struct arena arena;

static struct str packed_value(struct str value)
{
    struct bus_header header = {STR("name"), value};
    struct str packed = headers_pack(&arena, &header, 1);
    for (size_t i = 0; i + 1 < packed.size; i++)
        ck_assert_msg(packed.at[i] >= 0x20 && packed.at[i] < 0x7f, "a raw byte %d in %.*s",
                      packed.at[i], STR_ARG(packed));
    return headers_find(&arena, packed, "name");
}

START_TEST(every_byte_comes_back)
{
    char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    struct str value = {all, sizeof all};
    ck_assert(str_eq(packed_value(value), value));
    ck_assert(str_eq(packed_value(STR("plain")), STR("plain")));
    ck_assert(str_eq(packed_value(STR("")), STR("")));
    ck_assert(str_eq(packed_value(STR("a=b\nc\\x41d")), STR("a=b\nc\\x41d")));
    ck_assert(str_eq(packed_value(STR("Gr\xc3\xbc\xc3\x9f"
                                      "e")),
                     STR("Gr\xc3\xbc\xc3\x9f"
                         "e")));
    arena_release(&arena);
}
END_TEST

START_TEST(order_and_room_are_kept)
{
    struct bus_header in[] = {{STR("a"), STR("1")},
                              {STR("b"), STR("2")},
                              {STR("a"), STR("3")},
                              {STR("od=d\n"), STR("4")}};
    struct str packed = headers_pack(&arena, in, ARRAY_LEN(in));
    struct bus_header out[8];
    ck_assert_uint_eq(headers_unpack(&arena, packed, out, ARRAY_LEN(out)), 4);
    ck_assert_view(out[0].name, "a");
    ck_assert_view(out[2].value, "3");
    ck_assert_view(out[3].name, "od_d_"); /* readable, not exact */
    ck_assert_uint_eq(headers_unpack(&arena, packed, out, 2), 2);
    ck_assert_view(headers_find(&arena, packed, "a"), "3"); /* the last of a name */
    ck_assert(!str_present(headers_find(&arena, packed, "c")));
    ck_assert_uint_eq(headers_unpack(&arena, STR_NONE, out, 2), 0);
    ck_assert_uint_eq(headers_unpack(&arena, STR("no equals sign\n"), out, 2), 0);
    arena_release(&arena);
}
END_TEST

START_TEST(marks_come_back)
{
    struct stream_mark in = {STR("orders"), 3, 1, INT64_MAX, 1198}, out;
    struct str text = stream_mark_write(&arena, &in);
    ck_assert_view(text, "orders/3 1 9223372036854775807 1198");
    ck_assert(stream_mark_read(text, &out));
    ck_assert_view(out.service, "orders");
    ck_assert_int_eq(out.part, 3);
    ck_assert_int_eq(out.incarnation, 1);
    ck_assert(out.seq == INT64_MAX);
    ck_assert_int_eq(out.prev, 1198);
    arena_release(&arena);
}
END_TEST

START_TEST(odd_marks_are_refused)
{
    static const char *const odd[] = {"",
                                      "orders",
                                      "orders/",
                                      "/3 1 2 1",
                                      "orders/3",
                                      "orders/3 1 2",
                                      "orders/3 1 2 1 9",
                                      "orders/3 1 2 1 ",
                                      "orders/3  1 2 1",
                                      "orders/3 1 2 x",
                                      "orders/x 1 2 1",
                                      "orders/-1 1 2 1",
                                      "orders/1024 1 2 1",
                                      "orders/3 0 2 1",
                                      "orders/3 1 0 0",
                                      "orders/3 1 2 -1",
                                      "orders/3 1 2 2",
                                      "orders/3 1 2 3",
                                      "orders/3 1 9223372036854775808 1",
                                      "orders/3 1 2 1\n"};
    struct stream_mark out;
    ck_assert(!stream_mark_read(STR_NONE, &out));
    for (size_t i = 0; i < ARRAY_LEN(odd); i++)
        ck_assert_msg(!stream_mark_read(str_of(odd[i]), &out), "read: %s", odd[i]);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {every_byte_comes_back, order_and_room_are_kept, marks_come_back,
                                  odd_marks_are_refused};
    return unit_suite("headers", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
