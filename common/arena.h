/* arena: memory by unit of work. Everything decoded, loaded or built for one batch lives in one
 * arena and goes at once. Allocation cannot fail inside: sizes are refused at the door (limits.h),
 * and the process ends when the machine has no memory at all. */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include "common/base.h"

#include <string.h>

struct arena {
    struct arena_chunk *chunk; /* newest; owned */
    struct arena_chunk *spare; /* of earlier turns; owned */
    size_t total_size;         /* bytes handed out since the last reset */
};

void arena_init(struct arena *a);
void arena_reset(struct arena *a);   /* forgets all, keeps up to 16 MiB for the next turn */
void arena_release(struct arena *a); /* gives everything back */

void *arena_alloc(struct arena *a, size_t size)
    MUST_CHECK; /* zeroed, aligned for any type; size 0 gives a valid pointer */
/* The same, but the bytes are whatever they were: for callers that fill all. */
void *arena_take(struct arena *a, size_t size) MUST_CHECK;
#define arena_new(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (size_t)(n)))

struct str arena_str(struct arena *a,
                     struct str s); /* a copy with a NUL behind it; absent stays absent */
char *arena_cstr(struct arena *a, struct str s); /* the same as a C string */
struct str arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A growing byte buffer in the arena (old copies are left behind until the reset). */
struct buf {
    struct arena *arena;
    char *at;
    size_t size, room;
};
void buf_grow(struct buf *b, size_t more); /* of buf_room alone */
void buf_append(struct buf *b, const void *bytes, size_t size);

/* Where at least `more` bytes fit (and buf_done's NUL behind them). Whoever writes some of them
 * adds their number to size: for writers that know a bound before they know the length. */
static inline char *buf_room(struct buf *b, size_t more)
{
    if (b->room - b->size <= more)
        buf_grow(b, more);
    return b->at + b->size;
}
/* Most pieces are a few bytes of a constant size: those are stored in place. */
static inline void buf_add(struct buf *b, const void *bytes, size_t size)
{
    if (!__builtin_constant_p(size)) {
        buf_append(b, bytes, size);
        return;
    }
    char *at = buf_room(b, size);
    if (size > 0)
        memcpy(at, bytes, size);
    b->size += size;
}
static inline void buf_str(struct buf *b, struct str s)
{
    buf_append(b, s.at, s.size);
}
static inline void buf_text(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct str buf_done(struct buf *b); /* a view of what was added, NUL behind it (not counted) */

#endif
