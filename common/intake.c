/* intake: what a record is, before a service looks at it. */
#include "common/intake.h"

#include <stdio.h>
#include <string.h>

#include "common/envelope.h"
#include "common/headers.h"
#include "common/json.h"

/* A record and its headers by name. */
struct reading {
    const struct bus_record *record;
    struct known_headers known;
};

/* ---- the chain of closed topics */

enum link { LINK_TAKEN = 1, LINK_REPEAT, LINK_HOLE, LINK_START, LINK_UNREADABLE };

/* header: "<old incarnation> <last seq told here>". A reader that has seen less has lost something.
 */
static bool starts_after(struct str header, int64_t incarnation, int64_t seq)
{
    const char *space = header.size ? memchr(header.at, ' ', header.size) : NULL;
    int64_t old, last;
    if (!space)
        return false;
    struct str first = {header.at, (size_t)(space - header.at)};
    struct str second = {space + 1, header.size - first.size - 1};
    return str_to_int64(first, &old) && str_to_int64(second, &last) &&
           (incarnation == old || (incarnation == 0 && last == 0)) && seq >= last;
}

static enum link link_take(const struct intake *t, struct stream *work, const struct reading *rd,
                           int32_t *source)
{
    const struct bus_record *r = rd->record;
    const struct topic *topic = t->plan->inputs[r->input];
    struct stream_mark mark;
    if (!stream_mark_read(rd->known.values[KNOWN_STREAM], &mark) ||
        !str_is(mark.service, topic->owner) || mark.part >= t->plan->partition_count)
        return LINK_UNREADABLE;
    *source = mark.part;
    size_t at = (size_t)r->input * (size_t)t->plan->partition_count + (size_t)mark.part;
    int64_t *incarnation = &work->seen_incarnation[at], *seq = &work->seen_seq[at];
    struct str start = rd->known.values[KNOWN_CHAIN_START];
    if (mark.incarnation < *incarnation)
        return LINK_REPEAT;
    if (mark.incarnation > *incarnation) {
        bool fresh = *incarnation == 0 && mark.prev == 0 && !str_present(start);
        if (!fresh && !(str_present(start) && starts_after(start, *incarnation, *seq)))
            return LINK_HOLE;
        *incarnation = mark.incarnation;
        *seq = mark.seq;
        return fresh ? LINK_TAKEN : LINK_START;
    }
    if (mark.seq <= *seq)
        return LINK_REPEAT;
    if (mark.prev != *seq)
        return LINK_HOLE;
    *seq = mark.seq;
    return str_present(start) ? LINK_START : LINK_TAKEN;
}

/* ---- types */

static const struct route *route_of(const struct service *s, const struct topic *topic)
{
    for (size_t i = 0; i < s->route_count; i++)
        if (s->routes[i].topic == topic)
            return &s->routes[i];
    return NULL;
}

static const struct message_type *type_of(const struct route *route, struct str name)
{
    for (size_t i = 0; route && route->types && route->types[i]; i++)
        if (str_is(name, route->types[i]->name))
            return route->types[i];
    return NULL;
}

/* A known type in a newer version: to pass over it would be to guess what it means. */
static bool is_newer_version(const struct route *route, struct str name)
{
    size_t stem = name.size;
    while (stem > 0 && name.at[stem - 1] != '.')
        stem--;
    int64_t version, known;
    if (stem + 1 >= name.size || name.at[stem] != 'v' ||
        !str_to_int64((struct str){name.at + stem + 1, name.size - stem - 1}, &version))
        return false;
    for (size_t i = 0; route && route->types && route->types[i]; i++) {
        struct str own = str_of(route->types[i]->name);
        if (own.size > stem + 1 && memcmp(own.at, name.at, stem + 1) == 0 &&
            str_to_int64((struct str){own.at + stem + 1, own.size - stem - 1}, &known) &&
            version > known)
            return true;
    }
    return false;
}

/* ---- outcomes */

static void parked_fill(struct item *it, const struct bus_record *r, struct str headers)
{
    it->parked = (struct parked_row){.part = it->in.part,
                                     .key = it->in.key,
                                     .subject = it->in.subject,
                                     .topic = str_of(it->place->name),
                                     .headers = headers,
                                     .value = r->value,
                                     .source_partition = r->partition,
                                     .source_offset = r->offset,
                                     .broker_time = it->in.broker_time};
}

bool intake_answerable(const struct input *in)
{
    return str_present(in->id) && str_present(in->type_name) && !str_blank(in->key);
}

static void dead(struct item *it, const struct fault *f)
{
    it->fate = ITEM_DEAD;
    it->fault = *f;
    it->error_class = f->code;
    it->reason = f->text;
    it->answerable = it->topic->access == TOPIC_OPEN && intake_answerable(&it->in);
}

static void undecodable(struct item *it, const struct fault *f, struct arena *a)
{
    it->fate = ITEM_PARK;
    it->fault = *f;
    it->error_class = f->code;
    it->reason = arena_printf(a, "%.*s at %.*s", STR_ARG(f->text), STR_ARG(f->path));
}

static void refuse(struct item *it, const char *code, struct str path, const char *text,
                   const char *remedy)
{
    it->fate = ITEM_REFUSE;
    it->fault =
        (struct fault){.code = code, .path = path, .text = str_of(text), .remedy = str_of(remedy)};
}

static struct fault fault_of(const char *code, const char *path, const char *text,
                             const char *remedy)
{
    return (struct fault){
        .code = code, .path = str_of(path), .text = str_of(text), .remedy = str_of(remedy)};
}

/* ---- open topics */

static bool key_sound(struct str key, struct fault *f)
{
    size_t at;
    if (str_blank(key))
        *f = fault_of("key_missing", "key", "a command without a key",
                      "use the aggregate's id as the record's key");
    else if (key.size > KEY_SIZE_MAX || text_refusal(key, &at))
        *f = fault_of("key_invalid", "key", "the key is longer than 200 bytes or not UTF-8",
                      "use the aggregate's id as the record's key");
    else
        return true;
    return false;
}

/* True when the sender may send this type; else the item is refused. */
static bool authenticate(const struct intake *t, const struct reading *rd, struct item *it)
{
    struct str parts[3] = {it->in.id, it->in.key, rd->record->value};
    enum auth auth = systems_verify(t->systems, rd->known.values[KNOWN_AUTH], parts, &it->in.system,
                                    &it->in.rights);
    bool needed = t->auth_required || it->in.type->rights != 0;
    if (auth == AUTH_WRONG || (auth == AUTH_NONE && needed)) {
        refuse(it, "not_authenticated", STR(AUTH_HEADER),
               "the command is not signed by a registered system",
               "send batuta-auth: system id and HMAC-SHA256 over ce_id, key, value");
        return false;
    }
    if (it->in.type->rights && !(it->in.rights & it->in.type->rights)) {
        refuse(it, "not_authorized", STR(AUTH_HEADER), "the sending system lacks the right",
               "ask the operator for the right that this command needs");
        return false;
    }
    return true;
}

static bool key_matches(const struct message_type *type, const void *body, struct str key)
{
    return str_eq(message_member(body, type->key_at), key);
}

static bool open_decode(const struct intake *t, const struct reading *rd, struct arena *a,
                        struct item *it)
{
    const struct bus_record *r = rd->record;
    const struct route *route = route_of(t->plan->service, it->topic);
    struct envelope env;
    struct fault f = {0};
    bool readable = envelope_read(r, &rd->known, a, &env, &f);
    it->in.id = env.id;
    it->in.source = env.source;
    it->in.type_name = env.type;
    it->in.traceparent = env.traceparent;
    it->in.correlation = env.correlation;
    it->in.value = r->value;
    if (readable && !(it->in.type = type_of(route, env.type)) &&
        !(it->in.type = parked_type_of(t->plan->service, it->topic, env.type))) {
        f = fault_of("type_unknown", "ce_type", "no command of this type is known on this topic",
                     "see the AsyncAPI document for the types of this topic");
        readable = false;
    }
    if (readable && !str_present(env.data)) {
        f = fault_of("value_missing", "", "a command without a value", "send the command's JSON");
        readable = false;
    }
    void *body = arena_alloc(a, readable ? it->in.type->shape->size : 1);
    if (readable)
        readable = shape_decode(it->in.type->shape, env.data, SHAPE_CLOSED, a, body, &f);
    if (!readable) {
        dead(it, &f);
        return false;
    }
    it->in.body = body;
    return true;
}

static void open_item(const struct intake *t, const struct reading *rd, struct arena *a,
                      struct item *it)
{
    const struct bus_record *r = rd->record;
    struct fault f = {0};
    it->in.kind = INPUT_COMMAND;
    it->in.key = r->key;
    if (!key_sound(r->key, &f)) {
        it->in.key = STR_NONE;
        dead(it, &f);
        return;
    }
    if (!open_decode(t, rd, a, it))
        return;
    it->in.subject = message_member(it->in.body, it->in.type->subject_at);
    it->fate = ITEM_DECIDE;
    bool redrive = it->in.type->shape == &parked_command_shape;
    if (!key_matches(it->in.type, it->in.body, r->key))
        refuse(it, "key_mismatch", STR("key"), "the record's key is not the id that the body names",
               "use the same id in both");
    else if (!authenticate(t, rd, it))
        return;
    else if (redrive)
        it->fate = ITEM_REDRIVE;
    it->discard = redrive && strstr(it->in.type->name, ".discard.") != NULL;
}

/* ---- closed topics */

static void closed_item(const struct intake *t, const struct reading *rd, struct arena *a,
                        struct item *it)
{
    const struct bus_record *r = rd->record;
    const struct route *route = route_of(t->plan->service, it->topic);
    struct envelope env;
    struct fault f = {0};
    it->in.kind = INPUT_EVENT;
    it->in.key = r->key;
    bool readable = envelope_read(r, &rd->known, a, &env, &f);
    it->in.id = env.id;
    it->in.source = env.source;
    it->in.type_name = env.type;
    it->in.subject = env.subject;
    it->in.traceparent = env.traceparent;
    it->in.correlation = env.correlation;
    it->in.value = r->value;
    it->in.type = readable ? type_of(route, env.type) : NULL;
    it->fate = ITEM_SKIP;
    if (readable && !it->in.type) {
        if (!is_newer_version(route, env.type))
            return;
        f = fault_of("type_newer", "ce_type", "a newer version than this program knows", "upgrade");
        readable = false;
    }
    void *body = arena_alloc(a, readable ? it->in.type->shape->size : 1);
    if (readable)
        readable = shape_decode(it->in.type->shape, env.data, SHAPE_OPEN, a, body, &f);
    if (readable && !key_matches(it->in.type, body, r->key)) {
        f = fault_of("key_mismatch", "key", "the record's key is not the id in its body", "");
        readable = false;
    }
    it->in.body = readable ? body : NULL;
    it->fate = ITEM_DECIDE;
    if (!readable)
        undecodable(it, &f, a);
}

/* ---- all of it */

/* Where the item first came to: for a routed record that is in its header. False: this program does
 * not read that topic. */
static bool origin_fill(const struct intake *t, const struct reading *rd, struct item *it)
{
    const struct bus_record *r = rd->record;
    it->topic = it->place;
    it->partition = r->partition;
    it->offset = r->offset;
    if (it->place != t->plan->service->routed)
        return true;
    struct str rest = rd->known.values[KNOWN_ROUTED_FROM], name, number;
    int64_t partition = 0;
    it->topic = NULL;
    if (!word_next(&rest, '/', &name) || !word_next(&rest, '/', &number) ||
        !str_to_int64(number, &partition) || !str_to_int64(rest, &it->offset))
        return false;
    it->partition = (int32_t)partition;
    for (size_t i = 0; i < t->plan->input_count && !it->topic; i++)
        if (str_is(name, t->plan->inputs[i]->name))
            it->topic = t->plan->inputs[i];
    return it->topic != NULL;
}

/* A routed record is as old as it was where it first came to. */
static struct instant original_time(const struct reading *rd)
{
    struct instant time, here = rd->record->time;
    bool routed = str_to_int64(rd->known.values[KNOWN_ROUTED_TIME], &time.at);
    return routed && time.at > 0 && time.at < here.at ? time : here;
}

static void item_of(const struct intake *t, int32_t part, const struct reading *rd, struct arena *a,
                    struct item *it)
{
    const struct bus_record *r = rd->record;
    it->in.part = part;
    if (it->topic->access == TOPIC_OPEN)
        open_item(t, rd, a, it);
    else
        closed_item(t, rd, a, it);
    /* A command's go into the journal with it; an event's are packed only when it is parked. */
    bool open = it->place->access == TOPIC_OPEN;
    parked_fill(it, r, open ? headers_pack(a, r->headers, r->header_count) : STR_NONE);
}

/* True when the record is the next of its chain; else nothing more is to be done with it. */
static bool chain_passes(const struct intake *t, struct stream *work, const struct reading *rd,
                         struct item *out)
{
    enum link link = link_take(t, work, rd, &out->source);
    out->hole = link == LINK_HOLE;
    out->linked = link == LINK_TAKEN || link == LINK_START;
    if (link == LINK_UNREADABLE) {
        struct fault f = fault_of("stream_header_unreadable", STREAM_HEADER,
                                  "a record on a closed topic that none of ours has told", "");
        dead(out, &f);
    }
    return link == LINK_TAKEN;
}

void intake_record(const struct intake *t, const struct intake_place *place,
                   const struct bus_record *r, struct item *out)
{
    struct stream *work = place->work;
    memset(out, 0, sizeof *out);
    out->record = r;
    out->topic = out->place = t->plan->inputs[r->input];
    out->partition = r->partition;
    out->offset = r->offset;
    out->fate = ITEM_SKIP;
    out->in.part = work->part;
    out->in.key = r->key;
    out->in.broker_time = r->time;
    if (r->offset < work->in_off[r->input])
        return;
    work->in_off[r->input] = r->offset + 1;
    struct reading rd = {.record = r};
    known_headers_read(r, &rd.known);
    if (out->topic->chained && !chain_passes(t, work, &rd, out))
        return;
    bool routed = (size_t)r->input + 1 == t->plan->input_count;
    if (routed)
        out->in.broker_time = original_time(&rd);
    if (!origin_fill(t, &rd, out)) {
        out->topic = out->place;
        struct fault f = fault_of("routed_from_unknown", ROUTED_FROM_HEADER,
                                  "routed from a topic that this program does not read", "");
        dead(out, &f);
        return;
    }
    if (!routed && out->topic->access == TOPIC_OPEN && !str_blank(r->key) &&
        partition_of(r->key, t->plan->partition_count) != work->part) {
        out->fate = ITEM_ROUTE;
        return;
    }
    item_of(t, work->part, &rd, place->arena, out);
    bool waits = out->fate == ITEM_DECIDE || out->fate == ITEM_PARK;
    if (waits && parked_find(place->parked, out->in.key, out->in.subject))
        out->fate = ITEM_BEHIND;
}

struct parked_row intake_park(const struct item *it, struct arena *a)
{
    struct parked_row row = it->parked;
    if (!str_present(row.headers) && it->record)
        row.headers = headers_pack(a, it->record->headers, it->record->header_count);
    return row;
}

static void timer_item(const struct fold_timer *of, struct arena *a, struct item *out)
{
    struct timer *timer = arena_new(a, struct timer);
    *timer = of->timer;
    char due[INSTANT_TEXT_SIZE];
    struct str due_text = {due, instant_write(timer->due, due)};
    out->fate = ITEM_DECIDE;
    out->in = (struct input){
        .kind = INPUT_TIMER,
        .part = of->part,
        .key = timer->key,
        .subject = timer->subject,
        .timer = timer,
        .id = arena_printf(a, "timer/%.*s/%.*s", STR_ARG(timer->id), STR_ARG(due_text)),
        .correlation = of->correlation};
    struct buf b = {.arena = a};
    headers_add(&b, "id", timer->id);
    headers_add(&b, "due", due_text);
    headers_add(&b, "kind", timer->kind);
    headers_add(&b, "correlation", of->correlation);
    out->parked = (struct parked_row){.part = of->part,
                                      .key = timer->key,
                                      .subject = timer->subject,
                                      .topic = STR("timer"),
                                      .headers = buf_done(&b),
                                      .value = timer->body};
}

void intake_timer(const struct parked_set *parked, const struct fold_timer *due, struct arena *a,
                  struct item *out)
{
    memset(out, 0, sizeof *out);
    timer_item(due, a, out);
    if (parked_find(parked, due->timer.key, due->timer.subject))
        out->fate = ITEM_BEHIND;
}

static void parked_timer(const struct parked_row *row, struct arena *a, struct item *out)
{
    struct timer timer = {.id = headers_find(a, row->headers, "id"),
                          .key = row->key,
                          .subject = row->subject,
                          .kind = headers_find(a, row->headers, "kind"),
                          .body = row->value};
    if (!instant_read(headers_find(a, row->headers, "due"), &timer.due))
        timer.due = row->parked_at;
    struct fold_timer of = {row->part, false, timer, headers_find(a, row->headers, "correlation")};
    timer_item(&of, a, out);
}

void intake_parked(const struct intake *t, const struct parked_row *row, struct arena *a,
                   struct item *out)
{
    memset(out, 0, sizeof *out);
    if (str_is(row->topic, "timer")) {
        parked_timer(row, a, out);
    } else {
        struct bus_record *r = arena_new(a, struct bus_record);
        r->partition = row->source_partition;
        r->offset = row->source_offset;
        r->key = row->key;
        r->value = row->value;
        r->time = row->broker_time;
        r->header_count = headers_unpack(a, row->headers, r->headers, BUS_HEADER_COUNT_MAX);
        for (size_t i = 0; i < t->plan->input_count && !out->place; i++)
            if (str_is(row->topic, t->plan->inputs[i]->name))
                out->place = t->plan->inputs[i];
        out->fate = ITEM_PARK;
        out->reason = STR("of a topic that this program does not read");
        out->in.broker_time = row->broker_time;
        struct reading rd = {.record = r};
        known_headers_read(r, &rd.known);
        if (out->place && origin_fill(t, &rd, out))
            item_of(t, row->part, &rd, a, out);
    }
    out->parked = *row;
    out->redriven = true;
}
