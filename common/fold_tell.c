/* fold_tell: events and answers of the input being decided. */
#include <string.h>

#include "common/batch.h"
#include "common/headers.h"
#include "common/limits.h"

size_t fold_outputs(const struct service *s, const struct topic **out, size_t room)
{
    size_t count = 0;
    const struct topic *always[] = {s->routed, s->accepted->topic, s->refused->topic};
    for (size_t i = 0; i < ARRAY_LEN(always) + 256; i++) {
        size_t told = i - ARRAY_LEN(always);
        if (i >= ARRAY_LEN(always) && (!s->tells || !s->tells[told]))
            break;
        const struct topic *t = i < ARRAY_LEN(always) ? always[i] : s->tells[told]->topic;
        bool known = !t->chained;
        for (size_t k = 0; k < count && !known; k++)
            known = out[k] == t;
        if (known)
            continue;
        assert(count + 1 < room);
        out[count++] = t;
    }
    out[count] = NULL;
    return count;
}

static int output_of(const struct fold *f, const struct topic *t)
{
    for (int i = 0; f->outputs && f->outputs[i]; i++)
        if (f->outputs[i] == t)
            return i;
    assert(!t->chained);
    return -1;
}

static struct str topic_name_of(struct fold *f, const struct topic *t, struct str argument)
{
    const char *hole = strstr(t->name, "%s");
    if (!hole)
        return str_of(t->name);
    return arena_printf(f->arena, "%.*s%.*s%s", (int)(hole - t->name), t->name, STR_ARG(argument),
                        hole + 2);
}

static void event_push(struct fold *f, struct fold_event *event)
{
    struct fold_part *p = &f->parts[event->part];
    event->seq = ++p->out_seq;
    event->prev = -1;
    event->output = output_of(f, event->topic);
    int partitions =
        event->topic->partition_count ? event->topic->partition_count : f->partition_count;
    event->partition = partition_of(event->key, partitions);
    if (f->events.count == f->events.room) {
        size_t room = f->events.room ? f->events.room * 2 : 256;
        struct fold_event *grown = arena_array(f->arena, struct fold_event, room);
        if (f->events.count)
            memcpy(grown, f->events.items, f->events.count * sizeof *grown);
        f->events.items = grown;
        f->events.room = room;
    }
    f->events.items[f->events.count++] = *event;
}

struct telling {
    const struct message_type *type;
    struct str key, topic_argument, body, subject, id;
    int64_t sequence; /* 0 = none */
    const struct sha256 *previous;
};

/* An id says what it is only beside its source: "/batuta/pricing/2#1-55". */
static struct str cause_of(struct fold *f, const struct input *in)
{
    if (str_blank(in->source))
        return in->id;
    char *text = arena_alloc(f->arena, in->source.size + 1 + in->id.size);
    memcpy(text, in->source.at, in->source.size);
    text[in->source.size] = '#';
    memcpy(text + in->source.size + 1, in->id.at, in->id.size);
    return (struct str){text, in->source.size + 1 + in->id.size};
}

static struct str source_of(struct fold *f, int32_t part)
{
    if (!f->sources)
        f->sources = arena_array(f->arena, struct str, f->partition_count);
    if (!str_present(f->sources[part]))
        f->sources[part] = arena_printf(f->arena, "/batuta/%s/%d", f->service->name, (int)part);
    return f->sources[part];
}

static struct str time_of(struct fold *f)
{
    if (str_present(f->time_text))
        return f->time_text;
    char *text = arena_alloc(f->arena, INSTANT_TEXT_SIZE);
    f->time_text = (struct str){text, instant_write(f->now, text)};
    return f->time_text;
}

enum { SEQUENCE_SIZE = 20 };

static struct str sequence_of(struct fold *f, int64_t sequence)
{
    char *text = arena_alloc(f->arena, SEQUENCE_SIZE);
    for (int i = SEQUENCE_SIZE - 1; i >= 0; i--, sequence /= 10)
        text[i] = (char)('0' + sequence % 10);
    return (struct str){text, SEQUENCE_SIZE};
}

/* Only what does not follow from something else: not the key again, no name of the schema (the
 * type is it), no correlation that nobody gave. A header costs two allocations and its bytes twice,
 * in Kafka and in the journal. */
static void headers_fill(struct fold *f, const struct input *in, const struct telling *t,
                         struct fold_event *e)
{
    enum { ROOM = 13 };
    struct bus_header *list = arena_array(f->arena, struct bus_header, ROOM);
    size_t n = 1; /* before them: room for the mark */
    list[n++] = (struct bus_header){STR("ce_specversion"), STR("1.0")};
    list[n++] = (struct bus_header){STR("ce_id"), t->id};
    list[n++] = (struct bus_header){STR("ce_source"), source_of(f, in->part)};
    list[n++] = (struct bus_header){STR("ce_type"), e->type};
    list[n++] = (struct bus_header){STR("ce_time"), time_of(f)};
    if (!str_blank(t->subject))
        list[n++] = (struct bus_header){STR("ce_subject"), t->subject};
    list[n++] = (struct bus_header){STR("content-type"), STR("application/json")};
    if (t->sequence)
        list[n++] = (struct bus_header){STR("ce_sequence"), sequence_of(f, t->sequence)};
    if (t->previous && !sha256_is_zero(t->previous))
        list[n++] = (struct bus_header){STR("ce_previoushash"), sha256_hex(f->arena, t->previous)};
    if (!str_blank(in->correlation))
        list[n++] = (struct bus_header){STR("ce_correlationid"), in->correlation};
    if (!str_blank(in->id))
        list[n++] = (struct bus_header){STR("ce_causationid"), cause_of(f, in)};
    if (!str_blank(in->traceparent))
        list[n++] = (struct bus_header){STR("traceparent"), in->traceparent};
    assert(n <= ROOM);
    e->list = list + 1;
    e->list_count = n - 1;
    e->headers = headers_settle(f->arena, e->list, e->list_count);
}

static void tell(struct fold *f, const struct input *in, const struct telling *t)
{
    struct fold_event event = {.part = in->part,
                               .topic = t->type->topic,
                               .topic_name = topic_name_of(f, t->type->topic, t->topic_argument),
                               .key = arena_str(f->arena, t->key),
                               .type = str_of(t->type->name),
                               .body = t->body};
    headers_fill(f, in, t, &event);
    if (event.body.size + event.headers.size > EVENT_SIZE_MAX && f->verdict == FOLD_DONE)
        f->verdict = FOLD_TOO_LARGE;
    event_push(f, &event);
}

static struct str id_next(struct fold *f, const struct input *in)
{
    const struct fold_part *p = &f->parts[in->part];
    int64_t seq = p->out_seq + 1;
    char *text = arena_alloc(f->arena, (INT64_TEXT_SIZE + 1) * 2), *to = text;
    to = int64_put(to, p->incarnation);
    *to++ = '-';
    to = int64_put(to, seq);
    return (struct str){text, (size_t)(to - text)};
}

/* The chain's new hash covers the old one, so that no event can be taken out unseen (F34, F45). */
static void chain_advance(struct fold *f, struct chain *c, const struct telling *t)
{
    struct str parts[] = {{(const char *)c->hash.bytes, SHA256_SIZE},
                          t->id,
                          STR("\n"),
                          str_of(t->type->name),
                          STR("\n"),
                          t->body};
    (void)f;
    c->hash = sha256_of(parts, ARRAY_LEN(parts));
    c->sequence++;
}

struct str fold_emit(struct fold *f, const struct input *in, const struct emission *e)
{
    struct telling t = {.type = e->type, .topic_argument = e->topic_argument};
    t.key = str_present(e->key) ? e->key : message_member(e->body, e->type->key_at);
    t.subject = message_member(e->body, e->type->subject_at);
    t.body = str_present(e->encoded) ? e->encoded : shape_text(e->type->shape, e->body, f->arena);
    t.id = str_present(e->repeat_id) ? e->repeat_id : id_next(f, in);
    t.sequence = e->repeat_sequence;
    struct sha256 previous = {{0}};
    if (e->chain && !str_present(e->repeat_id)) {
        previous = e->chain->hash;
        t.previous = &previous;
        t.sequence = e->chain->sequence + 1;
        chain_advance(f, e->chain, &t);
    }
    assert(!str_blank(t.key));
    tell(f, in, &t);
    return t.id;
}

/* ---- answers */

static struct str member_of(const struct input *in, int offset)
{
    return in->body && in->type ? message_member(in->body, offset) : STR_NONE;
}

static struct command_answer answer_body(const struct input *in, const struct fault *fault,
                                         struct str detail)
{
    struct command_answer body = {
        .command_id = in->id,
        .aggregate = in->key,
        .principal = member_of(in, in->type ? in->type->principal_at : -1),
        .idempotency_key = member_of(in, in->type ? in->type->idempotency_at : -1),
        .detail = detail};
    body.command_type = in->type ? str_of(in->type->name) : in->type_name;
    if (fault) {
        body.code = str_of(fault->code);
        body.path = fault->path;
        body.text = fault->text;
        body.remedy = fault->remedy;
        body.retriable = fault->retriable;
    }
    return body;
}

static void answer_keep(struct fold *f, const struct input *in, struct str scope,
                        const struct telling *t)
{
    struct answer_row key = {.scope = scope};
    struct answer_row *row = fold_edit(f, &answer_entity, &key);
    row->command_id = in->id;
    if (in->body && in->type) {
        struct str body = shape_text(in->type->shape, in->body, f->arena);
        row->body_hash = sha256_of(&body, 1);
    } else {
        row->body_hash = sha256_of(&in->value, 1);
    }
    row->type = str_of(t->type->name);
    row->key = t->key;
    row->event_id = t->id;
    row->body = t->body;
    row->answered_at = f->now;
}

static void answer_tell(struct fold *f, const struct input *in, const struct fault *fault,
                        struct str detail, struct str scope)
{
    struct command_answer body = answer_body(in, fault, detail);
    struct telling t = {.type = fault ? f->service->refused : f->service->accepted, .key = in->key};
    t.subject = in->subject;
    t.body = shape_text(&command_answer_shape, &body, f->arena);
    t.id = id_next(f, in);
    tell(f, in, &t);
    answer_keep(f, in, scope, &t);
    f->answered = true;
}

void fold_answer(struct fold *f, const struct input *in, const struct fault *fault,
                 struct str detail)
{
    assert(in->kind == INPUT_COMMAND && !f->answered);
    struct str scope = fold_scope(f, in);
    if (!str_present(scope))
        scope = arena_printf(f->arena, "denied/%.*s", STR_ARG(in->id));
    answer_tell(f, in, fault, detail, scope);
}

void fold_deny(struct fold *f, const struct input *in, const struct fault *fault)
{
    assert(in->kind == INPUT_COMMAND && fault);
    struct str scope = arena_printf(f->arena, "denied/%.*s", STR_ARG(in->id));
    /* Kept only so that the sender can ask what came of the command; never read when deciding, so
     * whether the row exists already does not matter. */
    struct answer_row key = {.scope = scope};
    fold_assume_absent(f, &answer_entity, &key);
    answer_tell(f, in, fault, STR_NONE, scope);
}

void fold_answer_again(struct fold *f, const struct input *in, const struct answer_row *old)
{
    bool refused = str_is(old->type, f->service->refused->name);
    struct telling t = {.type = refused ? f->service->refused : f->service->accepted,
                        .key = old->key,
                        .subject = in->subject,
                        .body = old->body,
                        .id = old->event_id};
    tell(f, in, &t);
    f->answered = true;
    if (str_eq(in->id, old->command_id))
        return;
    /* A sender that asks by the id of its retry hears the same. */
    struct answer_row key = {.scope = arena_printf(f->arena, "repeat/%.*s", STR_ARG(in->id))};
    fold_assume_absent(f, &answer_entity, &key);
    answer_keep(f, in, key.scope, &t);
}

/* ---- raw bytes, and the links */

void fold_tell_raw(struct fold *f, int32_t part, const struct topic *topic,
                   const struct fold_event *raw)
{
    struct fold_event event = *raw;
    event.part = part;
    event.topic = topic;
    event.topic_name = str_of(topic->name);
    event_push(f, &event);
}

/* The mark comes first: of a routed record a stranger chose how many more there are. */
static void mark_add(struct fold *f, struct fold_event *e, const struct stream_mark *mark)
{
    struct bus_header first = {STR(STREAM_HEADER), stream_mark_write(f->arena, mark)};
    if (e->list) {
        *--e->list = first;
        e->list_count++;
        e->headers = headers_front(e->headers, &first);
        return;
    }
    struct buf b = {.arena = f->arena};
    headers_add(&b, STREAM_HEADER, first.value);
    buf_str(&b, e->headers);
    e->headers = buf_done(&b);
}

void fold_seal(struct fold *f)
{
    for (size_t i = 0; i < f->events.count; i++) {
        struct fold_event *e = &f->events.items[i];
        if (e->output < 0)
            continue;
        struct fold_part *p = &f->parts[e->part];
        int64_t *dest = &p->dest_seq[e->output * f->partition_count + e->partition];
        e->prev = *dest;
        *dest = e->seq;
        struct stream_mark mark = {str_of(f->service->name), e->part, p->incarnation, e->seq,
                                   e->prev};
        mark_add(f, e, &mark);
    }
}
