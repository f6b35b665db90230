/* send: commands on their way out, signed. */
#include "services/cli/send.h"

#include "common/clock.h"
#include "common/ids.h"
#include "common/limits.h"
#include "common/systems.h"
#include "proto/types.h"

#include <stdio.h>
#include <string.h>

enum { ASK_MS = 10000, FLUSH_MS = 30000, TOPIC_CACHE = 16, HEADER_ROOM = 10 };

struct sender {
    struct bus *bus;
    int64_t flushed_at; /* wall clock, microseconds */
    size_t failed;
    char why[200];
    struct {
        const struct topic *topic;
        int partition_count;
    } known[TOPIC_CACHE];
    size_t known_count;
};

static void on_report(void *context, uint64_t tag, enum bus_delivery outcome, const char *error)
{
    struct sender *s = context;
    (void)tag;
    if (outcome == BUS_DELIVERED)
        return;
    s->failed++;
    snprintf(s->why, sizeof s->why, "%s", error);
}

struct bus *sender_bus(struct cli *c, struct err *e)
{
    static struct sender sender; /* not in the arena: pollers change arenas */
    if (c->sender != NULL)
        return c->sender->bus;
    if (!str_present(c->stack.brokers)) {
        err_set(e, ERR_RETRY, "the broker's address is not known: batuta up, or --brokers ADDRESS");
        return NULL;
    }
    struct bus_settings settings = {.brokers = arena_cstr(c->arena, c->stack.brokers),
                                    .client_id = "batuta"};
    memset(&sender, 0, sizeof sender);
    sender.bus = bus_open(&settings, on_report, &sender, e);
    if (sender.bus != NULL)
        c->sender = &sender;
    return sender.bus;
}

int64_t sender_flushed_at(const struct cli *c)
{
    return c->sender != NULL ? c->sender->flushed_at : 0;
}

void sender_close(struct cli *c)
{
    if (c->sender != NULL)
        bus_close(c->sender->bus, FLUSH_MS);
    c->sender = NULL;
}

static bool partitions_of(struct sender *s, const struct topic *t, int *count, struct err *e)
{
    for (size_t i = 0; i < s->known_count; i++)
        if (s->known[i].topic == t) {
            *count = s->known[i].partition_count;
            return true;
        }
    if (!bus_partition_count(s->bus, t->name, count, ASK_MS, e))
        return false;
    if (*count == 0)
        return err_set(e, ERR_RETRY, "topic %s does not exist: batuta topics apply", t->name);
    if (s->known_count < TOPIC_CACHE) {
        s->known[s->known_count].topic = t;
        s->known[s->known_count++].partition_count = *count;
    }
    return true;
}

struct str signature_of(struct arena *a, struct str system, struct str secret,
                        const struct parcel *p)
{
    const struct str signed_parts[3] = {p->id, p->key, p->value};
    return auth_header(a, system, secret, signed_parts);
}

static size_t headers_fill(struct cli *c, const struct parcel *p, struct bus_header *out)
{
    struct arena *a = c->arena;
    char *time = arena_alloc(a, INSTANT_TEXT_SIZE);
    size_t time_size = instant_write(clock_now(), time), count = 0;
    struct str system = str_present(c->stack.system) ? c->stack.system : STR("anonymous");
    out[count++] = (struct bus_header){STR("ce_specversion"), STR("1.0")};
    out[count++] = (struct bus_header){STR("ce_id"), p->id};
    out[count++] =
        (struct bus_header){STR("ce_source"), arena_printf(a, "/batuta/cli/%.*s", STR_ARG(system))};
    out[count++] = (struct bus_header){STR("ce_type"), str_of(p->type->name)};
    out[count++] = (struct bus_header){STR("ce_time"), {time, time_size}};
    if (str_present(p->subject))
        out[count++] = (struct bus_header){STR("ce_subject"), p->subject};
    out[count++] = (struct bus_header){STR("content-type"), STR("application/json")};
    if (str_present(c->stack.key))
        out[count++] = (struct bus_header){STR(AUTH_HEADER),
                                           signature_of(a, c->stack.system, c->stack.key, p)};
    assert(count <= HEADER_ROOM);
    return count;
}

/* The same command sent again has the same id, so that its answer is found whichever of the two was
 * answered. Idempotency key and body are both in the value. */
static struct str parcel_id(struct cli *c, const struct parcel *p)
{
    struct str system = str_present(c->stack.system) ? c->stack.system : STR("anonymous");
    struct str parts[] = {system, str_of(p->type->name), p->key, p->value};
    return uuid_derive(c->arena, parts, ARRAY_LEN(parts));
}

bool sender_put(struct cli *c, struct parcel *p, struct err *e)
{
    struct bus_header headers[HEADER_ROOM];
    int partition_count = 0;
    if (sender_bus(c, e) == NULL || !partitions_of(c->sender, p->type->topic, &partition_count, e))
        return false;
    if (!str_present(p->id))
        p->id = parcel_id(c, p);
    struct bus_message m = {
        .topic = p->type->topic->name,
        .partition = partition_of(p->key, partition_count),
        .key = p->key,
        .value = p->value,
        .headers = headers,
        .header_count = headers_fill(c, p, headers),
    };
    return bus_send(c->sender->bus, &m, e);
}

bool sender_flush(struct cli *c, struct err *e)
{
    if (c->sender == NULL)
        return true;
    if (!bus_flush(c->sender->bus, FLUSH_MS, e))
        return false;
    c->sender->flushed_at = clock_now().at;
    if (c->sender->failed > 0)
        return err_set(e, ERR_RETRY, "%zu commands were not taken by the broker: %s",
                       c->sender->failed, c->sender->why);
    return true;
}

const struct message_type *command_type(const char *name)
{
    char full[128];
    snprintf(full, sizeof full, "batuta.%s.v1", name);
    for (size_t i = 0; message_types[i]; i++) {
        const struct message_type *t = message_types[i];
        if (t->command && (strcmp(t->name, name) == 0 || strcmp(t->name, full) == 0))
            return t;
    }
    return NULL;
}

bool command_check(struct cli *c, const struct message_type *t, struct str json, struct parcel *out,
                   struct fault *f)
{
    void *body = arena_alloc(c->arena, t->shape->size);
    memset(out, 0, sizeof *out);
    if (!shape_decode(t->shape, json, SHAPE_CLOSED, c->arena, body, f))
        return false;
    out->type = t;
    out->value = shape_text(t->shape, body, c->arena);
    out->key = message_member(body, t->key_at);
    out->subject = message_member(body, t->subject_at);
    return true;
}
