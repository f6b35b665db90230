/* parked: the queues in memory and their rows. */
#include "common/parked.h"

#include <string.h>

static const struct member parked_command_members[] = {
    MEMBER(struct parked_command, key, REQUIRED, 1, KEY_SIZE_MAX, "key of the parked records"),
    MEMBER(struct parked_command, subject, OPTIONAL, 0, KEY_SIZE_MAX,
           "order id; absent: the whole key"),
    MEMBER(struct parked_command, principal, REQUIRED, 1, ID_SIZE_MAX, "who asks"),
    MEMBER(struct parked_command, idempotency_key, REQUIRED, 1, ID_SIZE_MAX, NULL),
};
const struct shape parked_command_shape =
    SHAPE("parked_command", struct parked_command, parked_command_members,
          "Decide a parked queue again, or drop its first record.");

const struct message_type *parked_type_of(const struct service *s, const struct topic *topic,
                                          struct str name)
{
    for (size_t i = 0; i < s->operator_type_count; i++)
        if (s->operator_types[i]->topic == topic && str_is(name, s->operator_types[i]->name))
            return s->operator_types[i];
    return NULL;
}

void parked_set_init(struct parked_set *p)
{
    memset(p, 0, sizeof *p);
    arena_init(&p->memory);
}

void parked_set_release(struct parked_set *p)
{
    arena_release(&p->memory);
    memset(p, 0, sizeof *p);
    arena_init(&p->memory);
}

static struct parked_queue *exact(const struct parked_set *p, struct str key, struct str subject)
{
    for (size_t i = 0; i < p->count; i++)
        if (str_compare(p->queues[i].key, key) == 0 &&
            str_compare(p->queues[i].subject, subject) == 0)
            return &p->queues[i];
    return NULL;
}

struct parked_queue *parked_find(const struct parked_set *p, struct str key, struct str subject)
{
    if (p->count == 0)
        return NULL;
    struct parked_queue *whole = exact(p, key, STR(""));
    return whole || str_blank(subject) ? whole : exact(p, key, subject);
}

struct parked_queue *parked_queue_of(struct parked_set *p, struct str key, struct str subject)
{
    struct parked_queue *q = exact(p, key, subject);
    if (q)
        return q;
    if (p->count == p->room) {
        size_t room = p->room ? p->room * 2 : 16;
        struct parked_queue *grown = arena_array(&p->memory, struct parked_queue, room);
        if (p->count)
            memcpy(grown, p->queues, p->count * sizeof *grown);
        p->queues = grown;
        p->room = room;
    }
    q = &p->queues[p->count++];
    *q = (struct parked_queue){arena_str(&p->memory, key), arena_str(&p->memory, subject), 0};
    return q;
}

void parked_forget(struct parked_set *p, struct str key, struct str subject)
{
    struct parked_queue *q = exact(p, key, subject);
    if (q)
        *q = p->queues[--p->count];
}

bool parked_load_heads(struct parked_set *p, struct pg *pg, int32_t part, struct arena *a,
                       struct err *e)
{
    struct pg_params *params = pg_params_new(a);
    struct pg_rows rows = {0};
    parked_set_release(p);
    pg_add_int2(params, (int16_t)part);
    if (!pg_query(pg, "parked_heads", params, &rows, e))
        return false;
    for (size_t i = 0; i < rows.count; i++)
        parked_queue_of(p, pg_text(&rows, i, 0), pg_text(&rows, i, 1))->last_n =
            pg_int(&rows, i, 2);
    pg_rows_release(&rows);
    return true;
}

/* One column of the rows, as the array that a statement wants. */
#define PLUCK(T, name, expression)                                                                 \
    T *name = arena_array(a, T, count + 1);                                                        \
    for (size_t i = 0; i < count; i++)                                                             \
    name[i] = (expression)

static struct pg_params *identity_params(const struct parked_row *rows, size_t count,
                                         struct arena *a)
{
    struct pg_params *p = pg_params_new(a);
    PLUCK(int16_t, part, (int16_t)rows[i].part);
    PLUCK(struct str, key, str_present(rows[i].key) ? rows[i].key : STR(""));
    PLUCK(struct str, subject, str_present(rows[i].subject) ? rows[i].subject : STR(""));
    PLUCK(int64_t, n, rows[i].n);
    pg_add_int2_array(p, part, count);
    pg_add_bytes_array(p, key, count);
    pg_add_text_array(p, subject, count);
    pg_add_int8_array(p, n, count);
    return p;
}

struct pg_call parked_add_call(const struct parked_row *rows, size_t count, struct arena *a)
{
    struct pg_params *p = identity_params(rows, count, a);
    PLUCK(struct str, topic, rows[i].topic);
    PLUCK(int32_t, partition, rows[i].source_partition);
    PLUCK(int64_t, offset, rows[i].source_offset);
    PLUCK(struct str, headers, str_present(rows[i].headers) ? rows[i].headers : STR(""));
    PLUCK(struct str, value, rows[i].value);
    PLUCK(struct instant, time, rows[i].broker_time.at ? rows[i].broker_time : rows[i].parked_at);
    PLUCK(struct str, reason, str_present(rows[i].reason) ? rows[i].reason : STR(""));
    PLUCK(struct instant, parked_at, rows[i].parked_at);
    pg_add_text_array(p, topic, count);
    pg_add_int4_array(p, partition, count);
    pg_add_int8_array(p, offset, count);
    pg_add_text_array(p, headers, count);
    pg_add_bytes_array(p, value, count);
    pg_add_time_array(p, time, count);
    pg_add_text_array(p, reason, count);
    pg_add_time_array(p, parked_at, count);
    return (struct pg_call){"parked_add", p};
}

struct pg_call parked_remove_call(const struct parked_row *rows, size_t count, struct arena *a)
{
    return (struct pg_call){"parked_remove", identity_params(rows, count, a)};
}

bool parked_read(struct pg *pg, struct parked_list *list, struct arena *a, struct err *e)
{
    enum { PAGE = 1000 }; /* as the statement says */
    struct pg_params *p = pg_params_new(a);
    struct pg_rows rows = {0};
    pg_add_int2(p, (int16_t)list->part);
    pg_add_text(p, list->key); /* text and bytea travel alike */
    pg_add_text(p, str_present(list->subject) ? list->subject : STR(""));
    if (!pg_query(pg, "parked_load", p, &rows, e))
        return false;
    list->count = rows.count;
    list->more = rows.count == PAGE;
    list->rows = arena_array(a, struct parked_row, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        struct parked_row *r = &list->rows[i];
        r->part = list->part;
        r->key = list->key;
        r->subject = list->subject;
        r->n = pg_int(&rows, i, 0);
        r->topic = arena_str(a, pg_text(&rows, i, 1));
        r->source_partition = (int32_t)pg_int(&rows, i, 2);
        r->source_offset = pg_int(&rows, i, 3);
        r->headers = arena_str(a, pg_text(&rows, i, 4));
        r->value = arena_str(a, pg_text(&rows, i, 5));
        r->broker_time = pg_time(&rows, i, 6);
    }
    pg_rows_release(&rows);
    return true;
}
