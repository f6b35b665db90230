/* fold: rows in memory, one input at a time; whatever cannot stand leaves no trace. */
#include "common/answer.h"
#include "common/headers.h"
#include "common/limits.h"
#include "tests/unit/fold_case.h"

static struct input command(struct str key, struct str idempotency, struct str text)
{
    struct demo_set *body = arena_new(&arena, struct demo_set);
    *body = (struct demo_set){key, STR("o1"), STR("bea"), idempotency, text};
    return (struct input){.kind = INPUT_COMMAND,
                          .part = HERE,
                          .type = &demo_set_type,
                          .key = key,
                          .subject = body->order,
                          .type_name = str_of(demo_set_type.name),
                          .body = body,
                          .value = STR("{}"),
                          .id = STR("cmd-1"),
                          .correlation = STR("c1"),
                          .traceparent = STR("t1")};
}

static void emit(struct fold *f, const struct input *in, struct str thing, struct str text)
{
    struct demo_told body = {thing, STR("o1"), text};
    fold_emit(f, in, &(struct emission){.type = &demo_changed_type, .body = &body});
}

static const struct demo_thing *thing_now(const char *key)
{
    struct demo_thing k = {.thing = str_of(key)};
    return fold_row_of(&fold, &demo_thing_entity, &k)->row;
}

static size_t dirty_count(const struct entity *e)
{
    size_t count = 0;
    for (size_t i = 0; i < fold.table_count; i++)
        if (fold.tables[i].entity == e)
            (void)fold_dirty(&fold, &fold.tables[i], &count);
    return count;
}

static struct str header_of(size_t event, const char *name)
{
    return headers_find(&arena, fold.events.items[event].headers, name);
}

/* ---- rows */

static void count_up(struct fold *f, const struct input *in)
{
    struct demo_thing key = {.thing = in->key};
    struct demo_thing *t = fold_edit(f, &demo_thing_entity, &key);
    t->count++;
    ck_assert_ptr_eq(fold_edit(f, &demo_thing_entity, &key), t);
    emit(f, in, in->key, STR("counted"));
}

START_TEST(rows_are_edited_as_copies_and_found_again)
{
    setup();
    stored = arena_new(&arena, struct demo_thing);
    *stored = (struct demo_thing){STR("a"), STR("old"), 41};
    demo_decide_by(count_up);
    ck_assert_int_eq(run(event(STR("a"))), FOLD_DONE);
    ck_assert_int_eq(load_count, 1); /* not named by needs: found all the same, decided again */
    ck_assert_int_eq(thing_now("a")->count, 42);
    ck_assert_int_eq(stored->count, 41);
    ck_assert_uint_eq(fold.events.count, 1); /* the first, unfinished go left nothing */
    ck_assert_int_eq(run(event(STR("a"))), FOLD_DONE);
    ck_assert_int_eq(load_count, 1);
    ck_assert_int_eq(thing_now("a")->count, 43);
    stored = NULL;
    ck_assert_int_eq(run(event(STR("b"))), FOLD_DONE); /* created */
    ck_assert_int_eq(thing_now("b")->count, 1);
    ck_assert_view(thing_now("b")->thing, "b");
    ck_assert_uint_eq(dirty_count(&demo_thing_entity), 2);
    ck_assert_int_eq(parts[HERE].out_seq, 103);
    teardown();
}
END_TEST

static void look(struct fold *f, const struct input *in)
{
    struct demo_thing key = {.thing = in->key};
    (void)fold_get(f, &demo_thing_entity, &key);
}

START_TEST(looking_changes_nothing)
{
    setup();
    demo_decide_by(look);
    ck_assert_int_eq(run(event(STR("a"))), FOLD_DONE);
    ck_assert_uint_eq(dirty_count(&demo_thing_entity), 0);
    teardown();
}
END_TEST

START_TEST(needs_are_loaded_once)
{
    setup();
    struct demo_thing key = {.thing = STR("a")};
    fold_need(&fold, &demo_thing_entity, &key);
    fold_need(&fold, &demo_thing_entity, &key);
    ck_assert_uint_eq(fold.missing.count, 1);
    load_missing();
    demo_decide_by(look);
    ck_assert_int_eq(run(event(STR("a"))), FOLD_DONE);
    ck_assert_int_eq(load_count, 1);
    /* A plain command needs its answer row; without an idempotency key there is none. */
    struct input in = command(STR("a"), STR("k1"), STR("x"));
    fold_name_needs(&fold, &in);
    ck_assert_uint_eq(fold.missing.count, 1);
    load_missing();
    in = command(STR("a"), STR_NONE, STR("x"));
    fold_name_needs(&fold, &in);
    ck_assert_uint_eq(fold.missing.count, 0);
    teardown();
}
END_TEST

/* ---- undoing */

static void everything(struct fold *f, const struct input *in)
{
    struct demo_thing key = {.thing = in->key};
    struct demo_thing *t = fold_edit(f, &demo_thing_entity, &key);
    t->count += 10;
    emit(f, in, in->key, STR("told"));
    fold_timer_set(f, in, &(struct timer){.id = STR("t1"), .due = {5}, .key = in->key});
    fold_timer_clear(f, in, STR("t2"));
    fold_reference_put(f, in, "colour", STR("red"), STR("{}"));
}

static void everything_then_poison(struct fold *f, const struct input *in)
{
    everything(f, in);
    fold_poison(f, in, "impossible: %d", 7);
    fold_poison(f, in, "the first reason counts");
}

static void everything_then_too_large(struct fold *f, const struct input *in)
{
    everything(f, in);
    char *big = arena_alloc(&arena, EVENT_SIZE_MAX + 1);
    memset(big, 'x', EVENT_SIZE_MAX);
    emit(f, in, in->key, str_of(big));
}

static void is_untouched(void)
{
    ck_assert_int_eq(thing_now("a")->count, 12);
    ck_assert_uint_eq(dirty_count(&demo_thing_entity), 1); /* by the input before */
    ck_assert_uint_eq(fold.events.count, 1);
    ck_assert_uint_eq(fold.timers.count, 2);
    ck_assert_uint_eq(fold.references.count, 1);
    ck_assert_int_eq(parts[HERE].out_seq, 101);
    ck_assert_int_eq(fold.kinds[0].version, 4);
    ck_assert(fold.kinds[0].changed);
}

START_TEST(poison_and_too_large_leave_no_trace)
{
    setup();
    stored = arena_new(&arena, struct demo_thing);
    *stored = (struct demo_thing){STR("a"), STR("old"), 2};
    demo_decide_by(everything);
    ck_assert_int_eq(run(event(STR("a"))), FOLD_DONE);
    is_untouched();
    demo_decide_by(everything_then_poison);
    ck_assert_int_eq(run(event(STR("a"))), FOLD_POISON);
    ck_assert_view(fold.poison, "impossible: 7");
    is_untouched();
    demo_decide_by(everything_then_too_large);
    ck_assert_int_eq(run(event(STR("a"))), FOLD_TOO_LARGE);
    is_untouched();
    /* The next input gets the numbers that the undone ones had. */
    demo_decide_by(everything);
    ck_assert_int_eq(run(event(STR("a"))), FOLD_DONE);
    ck_assert_int_eq(fold.events.items[1].seq, 102);
    ck_assert_int_eq(fold.references.items[1].version, 5);
    teardown();
}
END_TEST

START_TEST(a_new_row_that_is_undone_is_not_there)
{
    setup();
    demo_decide_by(everything_then_poison);
    ck_assert_int_eq(run(event(STR("a"))), FOLD_POISON);
    ck_assert(thing_now("a") == NULL);
    ck_assert_uint_eq(dirty_count(&demo_thing_entity), 0);
    ck_assert(!fold.kinds[0].changed);
    ck_assert_int_eq(fold.kinds[0].version, 3);
    teardown();
}
END_TEST

static void poison_when_absent(struct fold *f, const struct input *in)
{
    struct demo_thing key = {.thing = in->key};
    if (!fold_get(f, &demo_thing_entity, &key))
        fold_poison(f, in, "it is not there");
}

START_TEST(what_is_only_unseen_is_no_poison)
{
    setup();
    stored = arena_new(&arena, struct demo_thing);
    *stored = (struct demo_thing){STR("a"), STR("old"), 2};
    demo_decide_by(poison_when_absent);
    ck_assert_int_eq(run(event(STR("a"))), FOLD_DONE);
    teardown();
}
END_TEST

/* ---- events and links */

static void tell_three(struct fold *f, const struct input *in)
{
    emit(f, in, in->key, STR("1"));
    emit(f, in, in->key, STR("2"));
    struct demo_told body = {in->key, STR("o1"), STR("3")};
    fold_emit(f, in,
              &(struct emission){.type = &demo_partner_type,
                                 .body = &body,
                                 .key = STR("other"),
                                 .topic_argument = STR("acme")});
}

START_TEST(headers_say_where_it_comes_from)
{
    setup();
    demo_decide_by(tell_three);
    struct input in = event(STR("a"));
    in.correlation = STR("c1");
    in.traceparent = STR("t1");
    ck_assert_int_eq(run(in), FOLD_DONE);
    ck_assert_view(header_of(0, "ce_id"), "1-101");
    ck_assert_view(header_of(0, "ce_source"), "/batuta/demo/1");
    ck_assert_view(header_of(0, "ce_type"), "batuta.demo.thing.changed.v1");
    ck_assert_view(header_of(0, "ce_specversion"), "1.0");
    ck_assert_view(header_of(0, "ce_time"), "1970-01-01T00:00:01Z");
    ck_assert_view(header_of(0, "ce_subject"), "o1");
    ck_assert(!str_present(header_of(0, "ce_partitionkey"))); /* that is the record's key */
    ck_assert(!str_present(header_of(0, "ce_dataschema")));   /* that is the type */
    ck_assert_view(header_of(0, "ce_correlationid"), "c1");
    ck_assert_view(header_of(0, "ce_causationid"), "ev-1");
    ck_assert_view(header_of(0, "traceparent"), "t1");
    ck_assert_view(header_of(0, "content-type"), "application/json");
    ck_assert(!str_present(header_of(0, "ce_sequence")));
    in.correlation = in.traceparent = STR_NONE; /* nobody gave them: nobody is told them */
    ck_assert_int_eq(run(in), FOLD_DONE);
    ck_assert_uint_eq(fold.events.items[3].list_count, 8);
    ck_assert(!str_present(header_of(3, "ce_correlationid")));
    ck_assert(!str_present(header_of(3, "traceparent")));
    const struct fold_event *partner = &fold.events.items[2];
    ck_assert_view(partner->topic_name, "partners.acme.v1");
    ck_assert_view(partner->key, "other");
    ck_assert_int_eq(partner->partition, 0); /* of one */
    ck_assert_int_eq(partner->seq, 103);
    teardown();
}
END_TEST

/* What is sent at once, and what is read back from the journal, are the same headers. */
START_TEST(list_and_text_say_the_same)
{
    setup();
    demo_decide_by(tell_three);
    struct input in = event(STR("a"));
    char id[] = "ev\\\xc3\xbc", trace[] = "t1"; /* gone before it is sent */
    in.id = str_of(id);
    in.traceparent = str_of(trace);
    ck_assert_int_eq(run(in), FOLD_DONE);
    memset(id, 'x', sizeof id - 1);
    memset(trace, 'x', sizeof trace - 1);
    fold_seal(&fold);
    for (size_t i = 0; i < fold.events.count; i++) {
        const struct fold_event *e = &fold.events.items[i];
        struct bus_header read[16];
        ck_assert_uint_eq(headers_unpack(&arena, e->headers, read, ARRAY_LEN(read)), e->list_count);
        for (size_t k = 0; k < e->list_count; k++)
            ck_assert(str_eq(read[k].name, e->list[k].name) &&
                      str_eq(read[k].value, e->list[k].value));
        ck_assert_view(header_of(i, "ce_causationid"), "ev\\\xc3\xbc");
        ck_assert_view(header_of(i, "traceparent"), "t1");
        ck_assert_int_eq(str_is(e->list[0].name, STREAM_HEADER), e->prev >= 0);
    }
    teardown();
}
END_TEST

START_TEST(links_lead_to_each_destination)
{
    setup();
    demo_decide_by(tell_three);
    struct str one = demo_key(&arena, 0), two = demo_key(&arena, 3);
    parts[HERE].dest_seq[1 * P + 0] = 77; /* demo.events.v1/0: told before this batch */
    ck_assert_ptr_eq(outputs[1], &demo_events);
    ck_assert_int_eq(run(event(one)), FOLD_DONE);
    ck_assert_int_eq(run(event(two)), FOLD_DONE);
    ck_assert_int_eq(run(event(one)), FOLD_DONE);
    struct fold_event raw = {.key = one, .type = STR("routed"), .headers = STR("a=b\n")};
    fold_tell_raw(&fold, HERE, &demo_routed, &raw);
    fold_tell_raw(&fold, HERE, &demo_dead, &raw);
    fold_seal(&fold);
    static const int64_t prev[] = {77, 101, -1, 0, 104, -1, 102, 107, -1, 0, -1};
    ck_assert_uint_eq(fold.events.count, ARRAY_LEN(prev));
    for (size_t i = 0; i < ARRAY_LEN(prev); i++) {
        const struct fold_event *e = &fold.events.items[i];
        struct stream_mark mark;
        struct str text = header_of(i, STREAM_HEADER);
        ck_assert_msg(e->prev == prev[i], "event %zu: prev %lld", i, (long long)e->prev);
        ck_assert_int_eq(e->seq, 101 + (int64_t)i);
        ck_assert_int_eq(str_present(text), prev[i] >= 0); /* partners and dead letters: no chain */
        if (prev[i] < 0)
            continue;
        ck_assert(stream_mark_read(text, &mark));
        ck_assert_view(mark.service, "demo");
        ck_assert(mark.part == HERE && mark.incarnation == 1 && mark.seq == e->seq &&
                  mark.prev == prev[i]);
        ck_assert_msg(str_starts(e->headers, STREAM_HEADER "="), "our header is not the first");
    }
    ck_assert_int_eq(parts[HERE].dest_seq[1 * P + 0], 108);
    ck_assert_int_eq(parts[HERE].dest_seq[1 * P + 3], 105);
    ck_assert_int_eq(parts[HERE].dest_seq[0 * P + 0], 110);
    teardown();
}
END_TEST

static struct chain chain;
static void tell_in_chain(struct fold *f, const struct input *in)
{
    struct demo_told body = {in->key, STR("o1"), in->id};
    fold_emit(f, in,
              &(struct emission){.type = &demo_changed_type, .body = &body, .chain = &chain});
}

START_TEST(a_chain_of_hashes_can_be_computed_again)
{
    setup();
    chain = (struct chain){0};
    demo_decide_by(tell_in_chain);
    struct sha256 hash = {{0}};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(run(event(STR("a"))), FOLD_DONE);
        struct str told = header_of(i, "ce_previoushash");
        if (i == 0)
            ck_assert(!str_present(told));
        else
            ck_assert(str_eq(told, sha256_hex(&arena, &hash)));
        struct str wanted = arena_printf(&arena, "%020zu", i + 1);
        ck_assert(str_eq(header_of(i, "ce_sequence"), wanted));
        /* As an auditor would: previous hash, id, type, body. */
        struct str parts_of[] = {{(const char *)hash.bytes, SHA256_SIZE},
                                 header_of(i, "ce_id"),
                                 STR("\n"),
                                 header_of(i, "ce_type"),
                                 STR("\n"),
                                 fold.events.items[i].body};
        hash = sha256_of(parts_of, ARRAY_LEN(parts_of));
    }
    ck_assert(sha256_equal(&hash, &chain.hash));
    ck_assert_int_eq(chain.sequence, 3);
    teardown();
}
END_TEST

/* ---- reference data and timers */

static void put_twice(struct fold *f, const struct input *in)
{
    fold_reference_put(f, in, "colour", STR("red"), STR("1"));
    fold_reference_put(f, in, "colour", STR("blue"), STR("1"));
    fold_reference_put(f, in, "colour", STR("red"), STR("2"));
    fold_reference_remove(f, in, "size", STR("xl"));
    ck_assert_int_eq(fold_reference_next(f, in, "colour"), f->kinds[0].version);
    ck_assert_int_eq(fold_version(f, "colour"), 3); /* the batch decides over what it read */
}

START_TEST(one_version_an_input)
{
    setup();
    demo_decide_by(put_twice);
    ck_assert_int_eq(run(event(STR("a"))), FOLD_DONE);
    ck_assert_uint_eq(fold.references.count, 3);
    ck_assert_view(fold.references.items[0].id, "red");
    ck_assert_view(fold.references.items[0].doc, "2"); /* the last word within an input */
    ck_assert_int_eq(fold.references.items[0].version, 4);
    ck_assert_int_eq(fold.references.items[1].version, 4);
    ck_assert_str_eq(fold.references.items[2].kind, "size");
    ck_assert(!str_present(fold.references.items[2].doc));
    ck_assert_int_eq(fold.references.items[2].version, 1);
    ck_assert_int_eq(run(event(STR("a"))), FOLD_DONE);
    ck_assert_int_eq(fold.references.items[3].version, 5); /* each input its own */
    ck_assert_int_eq(fold.kinds[0].part, HERE);
    teardown();
}
END_TEST

START_TEST(a_fired_timer_goes_even_when_its_input_is_undone)
{
    setup();
    struct input in = event(STR("a"));
    in.kind = INPUT_TIMER;
    fold_timer_fired(&fold, HERE, STR("t9"));
    demo_decide_by(everything_then_poison);
    ck_assert_int_eq(run(in), FOLD_POISON);
    ck_assert_uint_eq(fold.timers.count, 1);
    ck_assert(fold.timers.items[0].clear);
    ck_assert_view(fold.timers.items[0].timer.id, "t9");
    teardown();
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {rows_are_edited_as_copies_and_found_again,
                                  looking_changes_nothing,
                                  needs_are_loaded_once,
                                  poison_and_too_large_leave_no_trace,
                                  a_new_row_that_is_undone_is_not_there,
                                  what_is_only_unseen_is_no_poison,
                                  headers_say_where_it_comes_from,
                                  list_and_text_say_the_same,
                                  links_lead_to_each_destination,
                                  a_chain_of_hashes_can_be_computed_again,
                                  one_version_an_input,
                                  a_fired_timer_goes_even_when_its_input_is_undone};
    return unit_suite("fold", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
