/* ids: UUIDs as text. Minted ones are version 7 (time-ordered), derived ones version 8 (SHA-256 of
 * their cause). */
#ifndef COMMON_IDS_H
#define COMMON_IDS_H

#include "common/arena.h"
#include "common/clock.h"

enum { UUID_TEXT_SIZE = 36 };

/* Not pure: takes randomness from the system. For the edges (CLI, imports) only. */
struct str uuid_mint(struct arena *a, struct instant now);
/* The same parts give the same id for ever; parts are hashed with their lengths. */
struct str uuid_derive(struct arena *a, const struct str *parts, size_t count);
bool uuid_valid(struct str s); /* lower-case canonical text form */

#endif
