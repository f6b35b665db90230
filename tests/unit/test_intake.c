/* intake: who may speak, what can be read, and what waits behind a parked one. */
#include "tests/unit/intake_case.h"

/* ---- commands */

START_TEST(a_good_command)
{
    setup();
    begin(DEMO_COMMANDS, demo_set_type.name, json(",\"order\":\"o1\",\"text\":\"t\""));
    add("ce_correlationid", STR("c1"));
    struct item it = take();
    ck_assert_int_eq(it.fate, ITEM_DECIDE);
    ck_assert_ptr_eq(it.in.type, &demo_set_type);
    ck_assert_view(((const struct demo_set *)it.in.body)->text, "t");
    ck_assert_view(it.in.subject, "o1");
    ck_assert_view(it.in.id, "id-1");
    ck_assert_view(it.in.correlation, "c1");
    ck_assert(str_eq(it.in.key, key));
    ck_assert_int_eq(it.in.part, HERE);
    ck_assert_view(it.parked.topic, "demo.commands.v1");
    ck_assert_int_eq(it.parked.source_offset, record.offset);
    begin(DEMO_COMMANDS, demo_set_type.name, json(""));
    ck_assert(!str_present(take().in.correlation)); /* nobody gave one */
    teardown();
}
END_TEST

static void command_dead(const char *type, struct str value, const char *class, bool answerable)
{
    begin(DEMO_COMMANDS, type, value);
    struct item it = take();
    is_dead(it, class);
    ck_assert_int_eq(it.answerable, answerable);
}

START_TEST(commands_that_cannot_be_read)
{
    setup();
    const char *set = demo_set_type.name;
    command_dead(set, STR("no JSON"), "json_invalid", true);
    command_dead(set, STR_NONE, "value_missing", true);
    command_dead(set, json(",\"more\":1"), "member_unknown", true);
    command_dead(set, STR("{}"), "member_missing", true);
    command_dead("batuta.demo.thing.fly.v1", json(""), "type_unknown", true);
    command_dead("batuta.demo.thing.set.v2", json(""), "type_unknown", true);
    command_dead(NULL, json(""), "envelope_missing", false); /* whom to answer about what? */
    begin(DEMO_COMMANDS, set, json(""));
    char wide[KEY_SIZE_MAX + 2];
    memset(wide, 'k', sizeof wide);
    wide[KEY_SIZE_MAX + 1] = 0;
    record.key = str_of(wide);
    for (char c = 'a'; partition_of(record.key, P) != HERE; c++)
        wide[0] = c;
    struct item it = take();
    is_dead(it, "key_invalid");
    ck_assert(!it.answerable);
    begin(DEMO_COMMANDS, set, json(""));
    record.headers_cut = true;
    is_dead(take(), "envelope_invalid");
    teardown();
}
END_TEST

static void refused(struct item it, const char *code)
{
    ck_assert_int_eq(it.fate, ITEM_REFUSE);
    ck_assert_str_eq(it.fault.code, code);
    ck_assert(it.fault.remedy.size > 0);
}

static void sign(const char *system)
{
    uint8_t raw[16];
    ck_assert(hex_read(STR("000102030405060708090a0b0c0d0e0f"), raw, sizeof raw));
    struct str parts[3] = {STR("id-1"), record.key, record.value};
    add(AUTH_HEADER,
        auth_header(&arena, str_of(system), (struct str){(const char *)raw, sizeof raw}, parts));
}

START_TEST(who_may_speak)
{
    setup();
    begin(DEMO_COMMANDS, demo_set_type.name, json(""));
    sign("may");
    struct item it = take();
    ck_assert_int_eq(it.fate, ITEM_DECIDE);
    ck_assert_view(it.in.system, "may");
    ck_assert_uint_eq(it.in.rights, DEMO_RIGHT);
    begin(DEMO_COMMANDS, demo_set_type.name, json(""));
    add(AUTH_HEADER, STR("may 00")); /* wrong is refused, even where none is needed */
    refused(take(), "not_authenticated");
    begin(DEMO_COMMANDS, demo_signed_type.name, json(""));
    refused(take(), "not_authenticated");
    begin(DEMO_COMMANDS, demo_signed_type.name, json(""));
    sign("maynot");
    refused(take(), "not_authorized");
    begin(DEMO_COMMANDS, demo_signed_type.name, json(""));
    sign("may");
    ck_assert_int_eq(take().fate, ITEM_DECIDE);
    intake.auth_required = true;
    begin(DEMO_COMMANDS, demo_set_type.name, json(""));
    refused(take(), "not_authenticated");
    begin(DEMO_COMMANDS, demo_set_type.name, json(""));
    sign("maynot");
    ck_assert_int_eq(take().fate, ITEM_DECIDE);
    teardown();
}
END_TEST

START_TEST(a_key_that_is_not_the_bodys_id)
{
    setup();
    begin(DEMO_COMMANDS, demo_set_type.name, STR("{\"thing\":\"another\"}"));
    refused(take(), "key_mismatch");
    begin(DEMO_SOURCE, demo_told_type.name, STR("{\"thing\":\"another\"}"));
    mark(0, 1, 1, 0);
    struct item it = take();
    ck_assert_int_eq(it.fate, ITEM_PARK);
    ck_assert_str_eq(it.error_class, "key_mismatch");
    teardown();
}
END_TEST

START_TEST(structured_mode_is_read_too)
{
    setup();
    begin(DEMO_COMMANDS, NULL,
          arena_printf(&arena,
                       "{\"specversion\":\"1.0\",\"id\":\"i2\",\"source\":\"/s\",\"type\":\"%s\","
                       "\"data\":{\"thing\":\"%.*s\",\"text\":\"t\"}}",
                       demo_set_type.name, STR_ARG(key)));
    record.header_count = 0;
    add("content-type", STR("application/cloudevents+json"));
    struct item it = take();
    ck_assert_int_eq(it.fate, ITEM_DECIDE);
    ck_assert_view(it.in.id, "i2");
    ck_assert_view(((const struct demo_set *)it.in.body)->text, "t");
    teardown();
}
END_TEST

START_TEST(operators_commands)
{
    setup();
    struct str body = arena_printf(&arena,
                                   "{\"key\":\"%.*s\",\"subject\":\"o1\",\"principal\":\"p\","
                                   "\"idempotency_key\":\"i\"}",
                                   STR_ARG(key));
    begin(DEMO_COMMANDS, demo_redrive_type.name, body);
    struct item it = take();
    ck_assert_int_eq(it.fate, ITEM_REDRIVE);
    ck_assert(!it.discard);
    parked_queue_of(&parked, key, STR("")); /* never waits behind what it is to heal */
    begin(DEMO_COMMANDS, demo_discard_type.name, body);
    it = take();
    ck_assert_int_eq(it.fate, ITEM_REDRIVE);
    ck_assert(it.discard);
    teardown();
}
END_TEST

/* ---- closed events */

static struct item told(const char *type, struct str value, const char *subject)
{
    int64_t last = seen(0);
    begin(DEMO_SOURCE, type, value);
    mark(0, 1, last + 1, last);
    if (subject)
        add("ce_subject", str_of(subject));
    return take();
}

START_TEST(events_that_cannot_be_read_are_parked)
{
    setup();
    struct item it = told(demo_told_type.name, STR("{broken"), "o1");
    ck_assert_int_eq(it.fate, ITEM_PARK);
    ck_assert_str_eq(it.error_class, "json_invalid");
    ck_assert_view(it.in.subject, "o1"); /* the unit of parking */
    ck_assert_view(it.parked.subject, "o1");
    ck_assert_view(it.parked.value, "{broken");
    ck_assert_int_eq(seen(0), 1); /* the link counts */
    it = told(demo_told_type.name, STR_NONE, NULL);
    ck_assert_int_eq(it.fate, ITEM_PARK);
    ck_assert(str_blank(it.in.subject)); /* the whole key */
    it = told(NULL, json(""), "o1");
    ck_assert_int_eq(it.fate, ITEM_PARK);
    ck_assert_str_eq(it.error_class, "envelope_missing");
    teardown();
}
END_TEST

START_TEST(unknown_events_are_passed_over_newer_ones_are_not)
{
    setup();
    struct item it = told("batuta.source.thing.painted.v1", json(""), NULL);
    ck_assert(it.fate == ITEM_SKIP && it.linked);
    ck_assert_int_eq(told("batuta.source.thing.told.v0", json(""), NULL).fate, ITEM_SKIP);
    ck_assert_int_eq(told("batuta.source.thing.told.vx", json(""), NULL).fate, ITEM_SKIP);
    it = told("batuta.source.thing.told.v2", STR("{\"shape\":\"unknown\"}"), "o1");
    ck_assert_int_eq(it.fate, ITEM_PARK);
    ck_assert_str_eq(it.error_class, "type_newer");
    it = told(demo_told_type.name, json(",\"added\":\"later\""), NULL); /* additions are normal */
    ck_assert_int_eq(it.fate, ITEM_DECIDE);
    ck_assert_int_eq(seen(0), 5);
    teardown();
}
END_TEST

/* ---- behind a parked one */

START_TEST(what_waits_behind)
{
    setup();
    parked_queue_of(&parked, key, STR("o1"));
    ck_assert_int_eq(told(demo_told_type.name, json(""), "o1").fate, ITEM_BEHIND);
    ck_assert_int_eq(told(demo_told_type.name, STR("{broken"), "o1").fate, ITEM_BEHIND);
    ck_assert_int_eq(told(demo_told_type.name, json(""), "o2").fate, ITEM_DECIDE);
    ck_assert_int_eq(told(demo_told_type.name, json(""), NULL).fate, ITEM_DECIDE);
    begin(DEMO_COMMANDS, demo_set_type.name, json(",\"order\":\"o1\""));
    ck_assert_int_eq(take().fate, ITEM_BEHIND);
    begin(DEMO_COMMANDS, demo_set_type.name, STR("no JSON")); /* dead, and answered at once */
    ck_assert_int_eq(take().fate, ITEM_DEAD);
    parked_queue_of(&parked, key, STR(""));
    ck_assert_int_eq(told(demo_told_type.name, json(""), "o2").fate, ITEM_BEHIND);
    ck_assert_int_eq(told("batuta.source.thing.painted.v1", json(""), "o2").fate, ITEM_SKIP);
    struct fold_timer due = {HERE,
                             false,
                             {.id = STR("t1"),
                              .due = {7},
                              .key = key,
                              .subject = STR("o2"),
                              .kind = STR("kind"),
                              .body = STR("body")},
                             STR("c1")};
    struct item it;
    intake_timer(&parked, &due, &arena, &it);
    ck_assert_int_eq(it.fate, ITEM_BEHIND);
    due.timer.key = STR("free");
    intake_timer(&parked, &due, &arena, &it);
    ck_assert_int_eq(it.fate, ITEM_DECIDE);
    ck_assert_int_eq(it.in.kind, INPUT_TIMER);
    teardown();
}
END_TEST

START_TEST(parked_rows_become_inputs_again)
{
    setup();
    struct item first = told(demo_told_type.name, json(",\"text\":\"t\""), "o1"), again;
    struct parked_row kept = intake_park(&first, &arena);
    kept.n = 5;
    intake_parked(&intake, &kept, &arena, &again);
    ck_assert_int_eq(again.fate, ITEM_DECIDE);
    ck_assert(again.redriven && again.record == NULL);
    ck_assert_view(((const struct demo_told *)again.in.body)->text, "t");
    ck_assert_int_eq(again.parked.n, 5);
    ck_assert_int_eq(again.in.part, HERE);
    ck_assert_int_eq(again.in.broker_time.at, 5000000);
    struct fold_timer due = {HERE,
                             false,
                             {.id = STR("t1"),
                              .due = {7000000},
                              .key = key,
                              .subject = STR("o2"),
                              .kind = STR("kind"),
                              .body = STR("body")},
                             STR("c1")};
    intake_timer(&parked, &due, &arena, &first);
    intake_parked(&intake, &first.parked, &arena, &again);
    ck_assert_int_eq(again.in.kind, INPUT_TIMER);
    ck_assert_view(again.in.timer->id, "t1");
    ck_assert_int_eq(again.in.timer->due.at, 7000000);
    ck_assert_view(again.in.timer->body, "body");
    ck_assert_view(again.in.timer->kind, "kind");
    ck_assert_view(again.in.correlation, "c1");
    ck_assert(str_eq(again.in.id, first.in.id)); /* the same input */
    struct parked_row strange = {
        .part = HERE, .key = key, .topic = STR("gone.v1"), .headers = STR("")};
    intake_parked(&intake, &strange, &arena, &again);
    ck_assert_int_eq(again.fate, ITEM_PARK); /* stays, until a version that reads it */
    teardown();
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {a_good_command,
                                  commands_that_cannot_be_read,
                                  who_may_speak,
                                  a_key_that_is_not_the_bodys_id,
                                  structured_mode_is_read_too,
                                  operators_commands,
                                  events_that_cannot_be_read_are_parked,
                                  unknown_events_are_passed_over_newer_ones_are_not,
                                  what_waits_behind,
                                  parked_rows_become_inputs_again};
    return unit_suite("intake", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
