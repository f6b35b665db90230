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

START_TEST(plain_text_is_told_from_the_rest)
{
    char text[24];
    for (size_t size = 0; size <= sizeof text; size++) {
        memset(text, '~', sizeof text);
        struct str s = {text, size};
        ck_assert(text_plain(s));
        for (size_t at = 0; at < size; at++)
            for (int c = 0; c < 256; c++) {
                text[at] = (char)c;
                ck_assert_msg(text_plain(s) == (c >= 0x20 && c < 0x7f && c != '\\'),
                              "byte %d at %zu of %zu", c, at, size);
                text[at] = '~';
            }
    }
}
END_TEST

START_TEST(an_event_is_settled_and_marked)
{
    char gone[] = "value", odd_gone[] = "a\nb";
    struct bus_header list[] = {{STR("m"), STR("mark")},
                                {STR("empty"), STR("")},
                                {STR("absent"), STR_NONE},
                                {STR("plain"), str_of(gone)},
                                {STR("odd"), str_of(odd_gone)}};
    struct str text = headers_settle(&arena, list + 1, 4);
    memset(gone, 'x', sizeof gone);
    memset(odd_gone, 'x', sizeof odd_gone);
    ck_assert_view(text, "empty=\nabsent=\nplain=value\nodd=a\\x0ab\n");
    ck_assert_view(headers_front(text, &list[0]),
                   "m=mark\nempty=\nabsent=\nplain=value\nodd=a\\x0ab\n");
    ck_assert_view(list[3].value, "value");
    ck_assert_view(list[4].value, "a\nb");
    ck_assert_uint_eq(list[1].value.size + list[2].value.size, 0);
    arena_release(&arena);
}
END_TEST

START_TEST(known_headers_are_found_in_one_pass)
{
    static struct bus_record r;
    struct known_headers known;
    /* Each by its name, and none by a name of the same size that differs in one byte. */
    for (int h = 0; h < KNOWN_COUNT; h++) {
        char near[32];
        struct str name = str_of(known_header_name((enum known_header)h));
        r.header_count = 2;
        r.headers[0] = (struct bus_header){name, STR("1")};
        r.headers[1] = (struct bus_header){name, STR("2")};
        known_headers_read(&r, &known);
        ck_assert_view(known.values[h], "2"); /* the last of a name */
        ck_assert_uint_eq(known.counts[h], 2);
        for (size_t i = 0; i < name.size; i++) {
            memcpy(near, name.at, name.size);
            near[i] ^= 1;
            r.header_count = 1;
            r.headers[0].name = (struct str){near, name.size};
            known_headers_read(&r, &known);
            for (int k = 0; k < KNOWN_COUNT; k++)
                ck_assert_msg(known.counts[k] == 0, "%.*s", (int)name.size, near);
        }
    }
    r.headers[0].name = STR("");
    known_headers_read(&r, &known);
    ck_assert(!str_present(known.values[KNOWN_ID]));
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {every_byte_comes_back,
                                  order_and_room_are_kept,
                                  marks_come_back,
                                  odd_marks_are_refused,
                                  plain_text_is_told_from_the_rest,
                                  an_event_is_settled_and_marked,
                                  known_headers_are_found_in_one_pass};
    return unit_suite("headers", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
