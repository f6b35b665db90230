/* parked: queues of records that wait behind one that could not be decided, one queue per (key,
 * subject); subject "" holds the whole key. Which queues there are is kept in memory per owned
 * partition; the records are rows. */
#ifndef COMMON_PARKED_H
#define COMMON_PARKED_H

#include "common/bus.h"
#include "common/shape.h"
#include "common/stream.h"

struct parked_queue {
    struct str key, subject;
    int64_t last_n;
};

/* The queues of one partition. Small: a linear table in memory of its own. */
struct parked_set {
    struct arena memory;
    struct parked_queue *queues;
    size_t count, room;
};
void parked_set_init(struct parked_set *p);
void parked_set_release(struct parked_set *p);
bool parked_load_heads(struct parked_set *p, struct pg *pg, int32_t part, struct arena *a,
                       struct err *e) MUST_CHECK;
/* The queue that holds this record back: of the key as a whole, or of the subject; NULL: none. */
struct parked_queue *parked_find(const struct parked_set *p, struct str key, struct str subject);
/* The queue of exactly (key, subject), made when there is none. */
struct parked_queue *parked_queue_of(struct parked_set *p, struct str key, struct str subject);
void parked_forget(struct parked_set *p, struct str key, struct str subject);

/* A record to be parked. reason: "" = waits behind the first. */
struct parked_row {
    int32_t part;
    struct str key, subject;
    int64_t n;
    struct str topic, headers, value;
    int32_t source_partition;
    int64_t source_offset;
    struct instant broker_time, parked_at;
    struct str reason;
};
struct pg_call parked_add_call(const struct parked_row *rows, size_t count, struct arena *a);
struct pg_call parked_remove_call(const struct parked_row *rows, size_t count, struct arena *a);
struct parked_list {
    int32_t part;
    struct str key, subject; /* which queue */
    struct parked_row *rows;
    size_t count;
    bool more; /* cut at 1,000 */
};
/* The records of a queue, in order. */
bool parked_read(struct pg *pg, struct parked_list *list, struct arena *a,
                 struct err *e) MUST_CHECK;

/* What operators send: batuta.<service>.parked.redrive.v1 and .discard.v1 on <service>.commands.v1.
 */
struct parked_command {
    struct str key, subject, principal, idempotency_key;
};
extern const struct shape parked_command_shape;
/* The redrive or discard type of a service's command topic by its name; NULL when it is neither. */
const struct message_type *parked_type_of(const struct service *s, const struct topic *topic,
                                          struct str name);

#endif
