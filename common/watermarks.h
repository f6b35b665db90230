/* watermarks: how far each input reaches, asked of the broker on a thread of its own, because the
 * question blocks. A timer due at T fires only when every input of its partition is at an end that
 * was asked for after T, or past a record with a broker timestamp above T: what waited in Kafka
 * since before T wins against the timer. */
#ifndef COMMON_WATERMARKS_H
#define COMMON_WATERMARKS_H

#include "common/bus.h"
#include "common/stream.h"

struct watermarks;
/* The table alone: who holds it asks by watermarks_ask. */
struct watermarks *watermarks_new(struct bus *bus, const struct stream_plan *plan);
/* One wanted question, which blocks; false: none is wanted. */
bool watermarks_ask(struct watermarks *w);
/* The table and a thread that asks. */
struct watermarks *watermarks_start(struct bus *bus, const struct stream_plan *plan);
void watermarks_stop(struct watermarks *w);

/* Notes that the records of an input up to now have this broker time. */
void watermarks_passed(struct watermarks *w, size_t input, int32_t part, struct instant time);
void watermarks_forget(struct watermarks *w, int32_t part); /* the partition is no longer ours */
/* Everything due before this instant may fire, given the committed positions. Asks the broker,
 * without waiting, for the inputs that do not reach `wanted` yet. */
struct instant watermarks_horizon(struct watermarks *w, const struct stream *s,
                                  struct instant wanted);

#endif
