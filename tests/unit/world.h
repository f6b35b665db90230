/* world: a service's decisions without Kafka and Postgres. One partition, rows kept in memory
 * between inputs, each input folded and kept as the loop would do it; events are decoded again from
 * their JSON by their own shape, so that a test sees what a reader would see. Failures of the
 * fixture itself abort with a sentence. */
#ifndef TESTS_UNIT_WORLD_H
#define TESTS_UNIT_WORLD_H

#include "common/batch.h"

struct world;

struct world *world_new(const struct service *s); /* starts at 2026-01-01T00:00:00Z, no rows */
void world_free(struct world *w);

/* Runs one input of that type. key: the body's key member. rights: what the sending system holds.
 * Returns the verdict; FOLD_DONE also for refusals. */
enum fold_verdict world_command(struct world *w, const struct message_type *type, const void *body,
                                unsigned rights);
enum fold_verdict world_event(struct world *w, const struct message_type *type, const void *body);

void world_time_set(struct world *w, struct instant now);
struct instant world_time(const struct world *w);
int world_timers_run(struct world *w); /* fires what is due, in order; how many */
size_t world_timer_count(const struct world *w);

/* Events told since world_new or world_forget. */
size_t world_count(const struct world *w, const struct message_type *type);
const void *world_last(struct world *w, const struct message_type *type); /* NULL: none */
const void *world_at(struct world *w, const struct message_type *type,
                     size_t index);                                               /* 0 = first */
struct str world_last_id(const struct world *w, const struct message_type *type); /* ce_id */
struct str world_last_key(const struct world *w, const struct message_type *type);
struct str world_last_header(struct world *w, const struct message_type *type, const char *name);
void world_forget(struct world *w);
void world_dump(const struct world *w); /* all events to stderr: for writing tests */

/* The row as kept; NULL: none. */
const void *world_row(struct world *w, const struct entity *e, const void *key);
/* What a statement would find that no input has saved. */
void world_put(struct world *w, const struct entity *e, const void *row);
struct arena *world_arena(struct world *w);     /* lives as long as the world */
struct str world_poison(const struct world *w); /* why the last FOLD_POISON */

#endif
