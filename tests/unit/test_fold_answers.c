/* fold: commands are answered once; a repeat hears the same, another body under the same key is a
 * conflict, and a denial touches no aggregate. */
#include "common/answer.h"
#include "common/headers.h"
#include "tests/unit/runtime_demo.h"
#include "tests/unit/unit.h"

enum { P = DEMO_PARTITION_COUNT, ROOM = 8, KEPT = 16 };

static struct arena arena;
static struct fold fold;
static struct fold_part parts[P];
static const struct topic *outputs[ROOM];
static struct answer_row *kept[KEPT]; /* the table of answers */
static size_t kept_count;

static void batch_begin(void)
{
    fold_open(&fold, &demo_service, &arena, (struct instant){1000000}, P);
    fold_outputs(&demo_service, outputs, ROOM);
    fold.parts = parts;
    fold.outputs = outputs;
    fold_kind_add(&fold, "colour", 0);
    fold_kind_add(&fold, "size", 0);
}

static void setup(void)
{
    for (int i = 0; i < P; i++)
        parts[i] = (struct fold_part){2, 0, arena_array(&arena, int64_t, ROOM * P)};
    kept_count = 0;
    batch_begin();
}

static struct answer_row *kept_find(struct str scope)
{
    for (size_t i = 0; i < kept_count; i++)
        if (str_eq(kept[i]->scope, scope))
            return kept[i];
    return NULL;
}

/* As answer_save does: a row that is there keeps what it says. */
static void batch_commit(void)
{
    size_t count;
    struct fold_row **dirty = fold_dirty(&fold, &fold.tables[0], &count);
    for (size_t i = 0; i < count; i++) {
        struct answer_row *row = dirty[i]->row;
        if (!kept_find(row->scope))
            kept[kept_count++] = row;
    }
    batch_begin();
}

static struct input *command(struct str id, struct str idempotency, struct str text)
{
    struct demo_set *body = arena_new(&arena, struct demo_set);
    struct input *in = arena_new(&arena, struct input);
    *body = (struct demo_set){STR("a"), STR_NONE, STR("bea"), idempotency, text};
    *in = (struct input){.kind = INPUT_COMMAND,
                         .type = &demo_set_type,
                         .key = STR("a"),
                         .type_name = str_of(demo_set_type.name),
                         .body = body,
                         .id = id};
    return in;
}

static void load_missing(void)
{
    for (size_t i = 0; i < fold.missing.count; i++) {
        struct fold_row *r = fold.missing.items[i];
        const struct answer_row *key = r->key;
        fold_loaded(r, r->entity == &answer_entity ? kept_find(key->scope) : NULL);
    }
    fold.missing.count = 0;
}

static enum fold_verdict run(const struct input *in)
{
    enum fold_verdict verdict;
    fold_name_needs(&fold, in);
    load_missing();
    while ((verdict = fold_run(&fold, in)) == FOLD_NEEDS)
        load_missing();
    return verdict;
}

static int decided;
static void accept_it(struct fold *f, const struct input *in)
{
    struct demo_thing key = {.thing = in->key};
    struct demo_thing *t = fold_edit(f, &demo_thing_entity, &key);
    t->count++;
    decided += f->verdict == FOLD_DONE; /* else a row is still to come */
    fold_answer(f, in, NULL, STR("done"));
}

static const struct fold_event *last(void)
{
    ck_assert(fold.events.count > 0);
    return &fold.events.items[fold.events.count - 1];
}

static struct str id_of(const struct fold_event *e)
{
    return headers_find(&arena, e->headers, "ce_id");
}

static struct command_answer body_of(const struct fold_event *e)
{
    struct command_answer answer;
    struct fault fault = {0};
    memset(&answer, 0, sizeof answer);
    ck_assert(shape_decode(&command_answer_shape, e->body, SHAPE_OPEN, &arena, &answer, &fault));
    return answer;
}

START_TEST(an_answer_says_what_was_asked)
{
    setup();
    demo_decide_by(accept_it);
    ck_assert_int_eq(run(command(STR("i1"), STR("k1"), STR("x"))), FOLD_DONE);
    ck_assert_uint_eq(fold.events.count, 1);
    ck_assert_view(last()->type, "batuta.demo.command.accepted.v1");
    ck_assert_view(last()->key, "a");
    struct command_answer b = body_of(last());
    ck_assert_view(b.command_id, "i1");
    ck_assert_view(b.command_type, "batuta.demo.thing.set.v1");
    ck_assert_view(b.aggregate, "a");
    ck_assert_view(b.principal, "bea");
    ck_assert_view(b.idempotency_key, "k1");
    ck_assert_view(b.detail, "done");
    arena_release(&arena);
}
END_TEST

START_TEST(a_repeat_hears_the_same_event)
{
    setup();
    decided = 0;
    demo_decide_by(accept_it);
    ck_assert_int_eq(run(command(STR("i1"), STR("k1"), STR("x"))), FOLD_DONE);
    ck_assert_int_eq(run(command(STR("i1"), STR("k1"), STR("x"))), FOLD_DONE); /* same batch */
    ck_assert_uint_eq(fold.events.count, 2);
    struct str id = id_of(last()), body = last()->body;
    ck_assert(str_eq(id, id_of(&fold.events.items[0])));
    ck_assert_view(id, "2-1");
    ck_assert_int_eq(last()->seq, 2); /* told anew, the same event */
    batch_commit();
    ck_assert_int_eq(run(command(STR("i2"), STR("k1"), STR("x"))), FOLD_DONE); /* a later one */
    ck_assert(str_eq(id, id_of(last())));
    ck_assert(str_eq(body, last()->body));
    ck_assert_int_eq(decided, 1);
    batch_commit();
    struct answer_row *again = kept_find(STR("repeat/i2")); /* asked for under the retry's id */
    ck_assert(again != NULL);
    ck_assert_view(again->command_id, "i2");
    ck_assert(str_eq(again->event_id, id));
    arena_release(&arena);
}
END_TEST

START_TEST(the_scope_is_principal_type_aggregate_and_key)
{
    setup();
    decided = 0;
    demo_decide_by(accept_it);
    ck_assert_int_eq(run(command(STR("i1"), STR("k1"), STR("x"))), FOLD_DONE);
    struct input *in = command(STR("i2"), STR("k1"), STR("x"));
    ((struct demo_set *)(uintptr_t)in->body)->principal = STR("ada");
    ck_assert_int_eq(run(in), FOLD_DONE);
    in = command(STR("i3"), STR("k1"), STR("x"));
    in->type = &demo_signed_type;
    ck_assert_int_eq(run(in), FOLD_DONE);
    in = command(STR("i4"), STR("k1"), STR("x"));
    in->key = STR("b");
    ck_assert_int_eq(run(in), FOLD_DONE);
    ck_assert_int_eq(run(command(STR("i5"), STR("k2"), STR("x"))), FOLD_DONE);
    ck_assert_int_eq(decided, 5);
    arena_release(&arena);
}
END_TEST

START_TEST(another_body_is_a_conflict)
{
    setup();
    decided = 0;
    demo_decide_by(accept_it);
    ck_assert_int_eq(run(command(STR("i1"), STR("k1"), STR("x"))), FOLD_DONE);
    batch_commit();
    ck_assert_int_eq(run(command(STR("i2"), STR("k1"), STR("y"))), FOLD_DONE);
    ck_assert_int_eq(decided, 1);
    ck_assert_view(last()->type, "batuta.demo.command.refused.v1");
    ck_assert_view(body_of(last()).code, "conflict");
    batch_commit();
    ck_assert_int_eq(run(command(STR("i3"), STR("k1"), STR("x"))), FOLD_DONE); /* still the first */
    ck_assert_view(last()->type, "batuta.demo.command.accepted.v1");
    ck_assert_view(id_of(last()), "2-1");
    arena_release(&arena);
}
END_TEST

static void deny_it(struct fold *f, const struct input *in)
{
    struct fault fault = {.code = "not_allowed", .text = STR("no"), .remedy = STR("ask")};
    decided++;
    fold_deny(f, in, &fault);
}

START_TEST(a_denial_is_decided_anew_and_touches_no_aggregate)
{
    setup();
    decided = 0;
    demo_decide_by(deny_it);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(run(command(STR("i1"), STR("k1"), STR("x"))), FOLD_DONE);
        ck_assert_view(body_of(last()).code, "not_allowed");
        size_t count;
        (void)fold_dirty(&fold, &fold.tables[1], &count);
        ck_assert_uint_eq(count, 0);
        batch_commit();
    }
    ck_assert_int_eq(decided, 2);
    ck_assert_uint_eq(kept_count, 1);
    ck_assert_view(kept[0]->scope, "denied/i1"); /* so that the sender can ask; never looked at */
    demo_decide_by(accept_it);
    ck_assert_int_eq(run(command(STR("i1"), STR("k1"), STR("x"))), FOLD_DONE);
    ck_assert_view(last()->type, "batuta.demo.command.accepted.v1");
    arena_release(&arena);
}
END_TEST

static void say_nothing(struct fold *f, const struct input *in)
{
    (void)f, (void)in;
}

static void answer_without_scope(struct fold *f, const struct input *in)
{
    struct fault fault = {.code = "odd", .text = STR("odd"), .path = STR("/text")};
    fold_answer(f, in, &fault, STR_NONE);
}

START_TEST(every_command_is_answered)
{
    setup();
    demo_decide_by(say_nothing);
    ck_assert_int_eq(run(command(STR("i1"), STR("k1"), STR("x"))), FOLD_POISON);
    ck_assert_uint_eq(fold.events.count, 0);
    demo_decide_by(answer_without_scope); /* no idempotency key: answered, never repeated */
    ck_assert_int_eq(run(command(STR("i1"), STR_NONE, STR("x"))), FOLD_DONE);
    ck_assert_view(body_of(last()).path, "/text");
    arena_release(&arena);
}
END_TEST

START_TEST(what_cannot_be_decided_is_refused_by_the_runtime)
{
    setup();
    struct fault fault = {.code = "json_invalid", .text = STR("no"), .path = STR("/x")};
    struct input *in = command(STR("i1"), STR("k1"), STR("x"));
    in->body = NULL;
    in->type = NULL;
    in->type_name = STR("batuta.demo.thing.fly.v1");
    fold_refuse(&fold, in, &fault);
    ck_assert_uint_eq(fold.events.count, 1);
    struct command_answer b = body_of(last());
    ck_assert_view(b.code, "json_invalid");
    ck_assert_view(b.command_type, "batuta.demo.thing.fly.v1");
    ck_assert(!str_present(b.principal));
    ck_assert_uint_eq(fold.missing.count, 0);
    arena_release(&arena);
}
END_TEST

START_TEST(the_runtime_carries_out_commands_of_its_own)
{
    setup();
    struct input *in = command(STR("i1"), STR("k1"), STR("x"));
    enum fold_verdict verdict;
    while ((verdict = fold_reply(&fold, in, STR("2 decided"))) == FOLD_NEEDS)
        load_missing();
    ck_assert_int_eq(verdict, FOLD_DONE);
    ck_assert_view(body_of(last()).detail, "2 decided");
    batch_commit();
    while ((verdict = fold_reply(&fold, in, STR("0 decided"))) == FOLD_NEEDS)
        load_missing();
    ck_assert_int_eq(verdict, FOLD_DONE);
    ck_assert_view(body_of(last()).detail, "2 decided"); /* a repeat hears the same */
    arena_release(&arena);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {an_answer_says_what_was_asked,
                                  a_repeat_hears_the_same_event,
                                  the_scope_is_principal_type_aggregate_and_key,
                                  another_body_is_a_conflict,
                                  a_denial_is_decided_anew_and_touches_no_aggregate,
                                  every_command_is_answered,
                                  what_cannot_be_decided_is_refused_by_the_runtime,
                                  the_runtime_carries_out_commands_of_its_own};
    return unit_suite("fold answers", tests, ARRAY_LEN(tests));
}

UNIT_MAIN(suite)
