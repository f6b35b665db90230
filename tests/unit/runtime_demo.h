/* runtime_demo: a service that exists for the runtime's tests: one open and one closed input, one
 * entity, one reference kind, a topic per partner; what it decides is up to the test. */
#ifndef TESTS_UNIT_RUNTIME_DEMO_H
#define TESTS_UNIT_RUNTIME_DEMO_H

#include "common/intake.h"

enum { DEMO_PARTITION_COUNT = 4, DEMO_RIGHT = 1 };
enum { DEMO_COMMANDS, DEMO_SOURCE, DEMO_ROUTED }; /* inputs of its plan */

struct demo_set {
    struct str thing, order, principal, idempotency_key, text;
};
struct demo_told {
    struct str thing, order, text;
};
struct demo_thing {
    struct str thing, text;
    int64_t count;
};

extern const struct topic demo_commands, demo_source, demo_events, demo_routed, demo_dead,
    demo_partner;
extern const struct message_type demo_set_type, demo_signed_type, demo_redrive_type,
    demo_discard_type, demo_told_type, demo_changed_type, demo_partner_type, demo_accepted_type,
    demo_refused_type;
extern const struct entity demo_thing_entity;
extern const struct service demo_service;

/* What decide() does from now on. */
void demo_decide_by(void (*decide)(struct fold *f, const struct input *in));

/* A key that lies in that partition. */
struct str demo_key(struct arena *a, int32_t part);

#endif
