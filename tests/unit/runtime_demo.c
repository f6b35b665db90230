/* runtime_demo: the tables of the service that exists for tests. */
#include "tests/unit/runtime_demo.h"

static const char *const everybody[] = {"*", NULL};

const struct topic demo_commands = {.name = "demo.commands.v1",
                                    .owner = "demo",
                                    .access = TOPIC_OPEN,
                                    .writers = everybody,
                                    .readers = everybody};
#define DEMO_CLOSED(name_, owner_, chained_)                                                       \
    {                                                                                              \
        .name = name_, .owner = owner_, .access = TOPIC_CLOSED, .chained = chained_,               \
        .writers = everybody, .readers = everybody                                                 \
    }
const struct topic demo_source = DEMO_CLOSED("source.events.v1", "source", true);
const struct topic demo_events = DEMO_CLOSED("demo.events.v1", "demo", true);
const struct topic demo_routed = DEMO_CLOSED("demo.routed.v1", "demo", true);
const struct topic demo_dead = DEMO_CLOSED("demo.dlq.v1", "demo", false);
const struct topic demo_partner = {.name = "partners.%s.v1",
                                   .owner = "demo",
                                   .access = TOPIC_CLOSED,
                                   .partition_count = 1,
                                   .writers = everybody,
                                   .readers = everybody};

static const struct member set_members[] = {
    MEMBER(struct demo_set, thing, REQUIRED, 1, KEY_SIZE_MAX, NULL),
    MEMBER(struct demo_set, order, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct demo_set, principal, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct demo_set, idempotency_key, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct demo_set, text, OPTIONAL, 0, EVENT_SIZE_MAX, NULL),
};
static const struct shape set_shape = SHAPE("demo.set", struct demo_set, set_members, "Sets.");
static const struct member told_members[] = {
    MEMBER(struct demo_told, thing, REQUIRED, 1, KEY_SIZE_MAX, NULL),
    MEMBER(struct demo_told, order, OPTIONAL, 1, ID_SIZE_MAX, NULL),
    MEMBER(struct demo_told, text, OPTIONAL, 0, 4 * EVENT_SIZE_MAX, NULL),
};
static const struct shape told_shape = SHAPE("demo.told", struct demo_told, told_members, "Told.");

#define COMMAND(name_, shape_, struct_, key_, rights_)                                             \
    {                                                                                              \
        .name = name_, .topic = &demo_commands, .shape = shape_, .command = true,                  \
        .key_at = offsetof(struct_, key_), .subject_at = OFFSET_NONE,                              \
        .principal_at = offsetof(struct_, principal),                                              \
        .idempotency_at = offsetof(struct_, idempotency_key), .rights = rights_                    \
    }
const struct message_type demo_set_type = {.name = "batuta.demo.thing.set.v1",
                                           .topic = &demo_commands,
                                           .shape = &set_shape,
                                           .command = true,
                                           .key_at = offsetof(struct demo_set, thing),
                                           .subject_at = offsetof(struct demo_set, order),
                                           .principal_at = offsetof(struct demo_set, principal),
                                           .idempotency_at =
                                               offsetof(struct demo_set, idempotency_key)};
const struct message_type demo_signed_type =
    COMMAND("batuta.demo.thing.close.v1", &set_shape, struct demo_set, thing, DEMO_RIGHT);
const struct message_type demo_redrive_type =
    COMMAND("batuta.demo.parked.redrive.v1", &parked_command_shape, struct parked_command, key, 0);
const struct message_type demo_discard_type =
    COMMAND("batuta.demo.parked.discard.v1", &parked_command_shape, struct parked_command, key, 0);

#define EVENT(name_, topic_, shape_, subject_)                                                     \
    {                                                                                              \
        .name = name_, .topic = topic_, .shape = shape_,                                           \
        .key_at = offsetof(struct demo_told, thing), .subject_at = subject_,                       \
        .principal_at = OFFSET_NONE, .idempotency_at = OFFSET_NONE                                 \
    }
const struct message_type demo_told_type = EVENT("batuta.source.thing.told.v1", &demo_source,
                                                 &told_shape, offsetof(struct demo_told, order));
const struct message_type demo_changed_type = EVENT("batuta.demo.thing.changed.v1", &demo_events,
                                                    &told_shape, offsetof(struct demo_told, order));
const struct message_type demo_partner_type = EVENT("batuta.demo.partner.told.v1", &demo_partner,
                                                    &told_shape, offsetof(struct demo_told, order));

#define ANSWER(name_)                                                                              \
    {                                                                                              \
        .name = name_, .topic = &demo_events, .shape = &command_answer_shape,                      \
        .key_at = offsetof(struct command_answer, aggregate), .subject_at = OFFSET_NONE,           \
        .principal_at = OFFSET_NONE, .idempotency_at = OFFSET_NONE                                 \
    }
const struct message_type demo_accepted_type = ANSWER("batuta.demo.command.accepted.v1");
const struct message_type demo_refused_type = ANSWER("batuta.demo.command.refused.v1");

static const struct column thing_columns[] = {
    COLUMN(struct demo_thing, thing),
    COLUMN(struct demo_thing, text),
    COLUMN(struct demo_thing, count),
};
const struct entity demo_thing_entity = ENTITY("thing", struct demo_thing, thing_columns, 1);

static void (*deciding)(struct fold *f, const struct input *in);

void demo_decide_by(void (*decide)(struct fold *f, const struct input *in))
{
    deciding = decide;
}

static void demo_decide(struct fold *f, const struct input *in)
{
    deciding(f, in);
}

static const struct message_type *const command_types[] = {&demo_set_type, &demo_signed_type, NULL};
static const struct message_type *const source_types[] = {&demo_told_type, NULL};
static const struct route routes[] = {{&demo_commands, command_types},
                                      {&demo_source, source_types}};
static const struct message_type *const operator_types[] = {&demo_redrive_type, &demo_discard_type};
static const struct message_type *const tells[] = {&demo_changed_type, &demo_partner_type, NULL};
static const struct entity *const entities[] = {&demo_thing_entity, NULL};
static const char *const kinds[] = {"colour", "size", NULL};

const struct service demo_service = {.name = "demo",
                                     .duty = "is tested",
                                     .routes = routes,
                                     .route_count = ARRAY_LEN(routes),
                                     .routed = &demo_routed,
                                     .dead_letters = &demo_dead,
                                     .accepted = &demo_accepted_type,
                                     .refused = &demo_refused_type,
                                     .operator_types = operator_types,
                                     .operator_type_count = ARRAY_LEN(operator_types),
                                     .tells = tells,
                                     .entities = entities,
                                     .reference_kinds = kinds,
                                     .decide = demo_decide};

struct str demo_key(struct arena *a, int32_t part)
{
    for (int i = 0;; i++) {
        struct str key = arena_printf(a, "thing-%d", i);
        if (partition_of(key, DEMO_PARTITION_COUNT) == part)
            return key;
    }
}
