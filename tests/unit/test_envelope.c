/* envelope: both modes of CloudEvents, and every way in which a record is none. */
#include "common/envelope.h"

#include "tests/unit/unit.h"

static struct arena arena;
static struct bus_record record;

static void add(const char *name, const char *value)
{
    record.headers[record.header_count++] = (struct bus_header){str_of(name), str_of(value)};
}

static void begin(void)
{
    memset(&record, 0, sizeof record);
    record.value = STR("{\"a\":1}");
}

static void binary(void)
{
    begin();
    add("ce_specversion", "1.0");
    add("ce_id", "i1");
    add("ce_source", "/s");
    add("ce_type", "t.v1");
}

static void set(const char *name, const char *value)
{
    for (size_t i = 0; i < record.header_count; i++)
        if (str_is(record.headers[i].name, name))
            record.headers[i].value = str_of(value);
}

static bool envelope_of(struct envelope *out, struct fault *f)
{
    struct known_headers known;
    known_headers_read(&record, &known);
    return envelope_read(&record, &known, &arena, out, f);
}

static void refused(const char *code, const char *path)
{
    struct envelope out;
    struct fault f = {0};
    ck_assert_msg(!envelope_of(&out, &f), "was read; wanted %s", code);
    ck_assert_str_eq(f.code, code);
    ck_assert_view(f.path, path);
    ck_assert(f.text.size > 0);
}

static struct envelope taken(void)
{
    struct envelope out;
    struct fault f = {0};
    ck_assert_msg(envelope_of(&out, &f), "refused: %s", f.code ? f.code : "without a code");
    return out;
}

START_TEST(binary_mode)
{
    binary();
    add("ce_subject", "order-1");
    add("ce_correlationid", "c1");
    add("traceparent", "00-1-2-01");
    add("content-type", "application/json; charset=utf-8");
    add("ce_unknownextension", "is passed over");
    struct envelope e = taken();
    ck_assert_view(e.id, "i1");
    ck_assert_view(e.source, "/s");
    ck_assert_view(e.type, "t.v1");
    ck_assert_view(e.subject, "order-1");
    ck_assert_view(e.correlation, "c1");
    ck_assert_view(e.traceparent, "00-1-2-01");
    ck_assert_view(e.data, "{\"a\":1}");
    binary();
    e = taken(); /* no content type: JSON is meant */
    ck_assert(!str_present(e.subject) && !str_present(e.correlation));
    binary();
    record.value = STR_NONE;
    ck_assert(!str_present(taken().data));
    arena_release(&arena);
}
END_TEST

START_TEST(binary_faults)
{
    static const char *const required[] = {"ce_id", "ce_type", "ce_source", "ce_specversion"};
    for (size_t i = 0; i < ARRAY_LEN(required); i++) {
        binary();
        set(required[i], "");
        refused("envelope_missing", required[i]);
        binary();
        add(required[i], "again");
        refused("envelope_repeated", required[i]);
    }
    binary();
    add("ce_subject", "a");
    add("ce_subject", "b");
    refused("envelope_repeated", "ce_subject");
    binary();
    set("ce_id", "a\nb");
    refused("envelope_invalid", "ce_id");
    binary();
    set("ce_id", "a\x7f");
    refused("envelope_invalid", "ce_id");
    binary();
    set("ce_source", "\xc3(");
    refused("envelope_invalid", "ce_source");
    char long_text[258];
    memset(long_text, 'x', 257);
    long_text[257] = 0;
    binary();
    set("ce_type", long_text);
    refused("envelope_invalid", "ce_type");
    long_text[256] = 0;
    set("ce_type", long_text);
    ck_assert_uint_eq(taken().type.size, 256);
    binary();
    set("ce_specversion", "0.3");
    refused("envelope_version_unknown", "ce_specversion");
    binary();
    add("content-type", "application/avro");
    refused("content_type_unknown", "content-type");
    add("content-type", "application/jsonish");
    refused("content_type_unknown", "content-type");
    binary();
    record.headers_cut = true;
    refused("envelope_invalid", "headers");
    arena_release(&arena);
}
END_TEST

/* What could be read is there although the whole is refused: an answer needs it. */
START_TEST(refused_and_still_named)
{
    struct envelope out;
    struct fault f = {0};
    binary();
    set("ce_source", "");
    ck_assert(!envelope_of(&out, &f));
    ck_assert_view(out.id, "i1");
    ck_assert_view(out.type, "t.v1");
    arena_release(&arena);
}
END_TEST

static void structured(const char *value)
{
    begin();
    add("content-type", "application/cloudevents+json; charset=UTF-8");
    record.value = str_of(value);
}

#define HEAD "{\"specversion\":\"1.0\",\"id\":\"i1\",\"source\":\"/s\",\"type\":\"t.v1\""

START_TEST(structured_mode)
{
    structured(HEAD ",\"subject\":\"order-1\",\"correlationid\":\"c1\",\"time\":\"2026-01-01\","
                    "\"datacontenttype\":\"application/json\",\"unknownextension\":\"x\","
                    "\"data\":{\"b\":[1,{}],\"a\":1}}");
    struct envelope e = taken();
    ck_assert_view(e.id, "i1");
    ck_assert_view(e.type, "t.v1");
    ck_assert_view(e.subject, "order-1");
    ck_assert_view(e.correlation, "c1");
    ck_assert(e.data.size > 0 && e.data.at[0] == '{');
    structured(HEAD "}");
    ck_assert(!str_present(taken().data));
    arena_release(&arena);
}
END_TEST

START_TEST(structured_faults)
{
    structured("{");
    refused("json_invalid", "");
    structured("{\"specversion\":\"1.0\",\"source\":\"/s\",\"type\":\"t.v1\"}");
    refused("member_missing", "/id");
    structured("{\"specversion\":\"2.0\",\"id\":\"i\",\"source\":\"/s\",\"type\":\"t.v1\"}");
    refused("envelope_version_unknown", "ce_specversion");
    structured("{\"specversion\":\"1.0\",\"id\":\"a\\nb\",\"source\":\"/s\",\"type\":\"t.v1\"}");
    refused("envelope_invalid", "/id");
    structured("{\"specversion\":\"1.0\",\"id\":5,\"source\":\"/s\",\"type\":\"t.v1\"}");
    refused("member_type", "/id");
    arena_release(&arena);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {binary_mode, binary_faults, refused_and_still_named,
                                  structured_mode, structured_faults};
    return unit_suite("envelope", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
