/* arena: chunks of at least 64 KiB from malloc, handed out front to back. */
#include "common/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_GUARDED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) && __has_include(<sanitizer/asan_interface.h>)
#define ARENA_GUARDED 1
#endif
#endif

/* Under the address sanitizer, what is not handed out may not be touched: a view kept over a reset
 * and a write past the end are found. */
#ifdef ARENA_GUARDED
#include <sanitizer/asan_interface.h>
enum { GUARD_SIZE = 16 };
/* Not inlined, and not const, because gcc would say that fresh memory is read. */
__attribute__((noinline)) static void guard(void *at, size_t size)
{
    __asan_poison_memory_region(at, size);
}
static void unguard(void *at, size_t size)
{
    __asan_unpoison_memory_region(at, size);
}
#else
enum { GUARD_SIZE = 0 };
static inline void guard(void *at, size_t size)
{
    (void)at, (void)size;
}
static inline void unguard(void *at, size_t size)
{
    (void)at, (void)size;
}
#endif

enum {
    CHUNK_SIZE_MIN = 64 * 1024,
    CHUNK_SIZE_MAX = 4 * 1024 * 1024,
    LARGE_SIZE_MIN = 256 * 1024, /* from here on a chunk of its own */
    ALIGNMENT = 16,
    SPARE_SIZE_MAX = 16 * 1024 * 1024,
    BUF_ROOM_MIN = 512
};

struct arena_chunk {
    struct arena_chunk *older;
    size_t used, room;
    _Alignas(ALIGNMENT) char bytes[];
};

void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

static void chunk_free(struct arena_chunk *chunk)
{
    unguard(chunk->bytes, chunk->room);
    free(chunk);
}

/* Chunks wait for the next turn instead of going back to the system: a loop that fills megabytes
 * each turn would otherwise pay for fresh pages every time. */
void arena_reset(struct arena *a)
{
    struct arena_chunk *spare = a->spare;
    size_t kept = 0;
    for (const struct arena_chunk *chunk = spare; chunk != NULL; chunk = chunk->older)
        kept += chunk->room;
    for (struct arena_chunk *chunk = a->chunk, *older; chunk != NULL; chunk = older) {
        older = chunk->older;
        if (kept + chunk->room > SPARE_SIZE_MAX && spare != NULL) {
            chunk_free(chunk);
            continue;
        }
        kept += chunk->room;
        chunk->older = spare;
        chunk->used = 0;
        guard(chunk->bytes, chunk->room);
        spare = chunk;
    }
    *a = (struct arena){.spare = spare};
}

static void chunks_free(struct arena_chunk *chunk)
{
    for (struct arena_chunk *older; chunk != NULL; chunk = older) {
        older = chunk->older;
        chunk_free(chunk);
    }
}

void arena_release(struct arena *a)
{
    chunks_free(a->chunk);
    chunks_free(a->spare);
    *a = (struct arena){0};
}

/* Ends the process: sizes were refused at the door, so this machine has no memory at all. Exit 111
 * means "try me again", as for any lack that may pass. */
static _Noreturn void memory_exhausted(size_t size)
{
    fprintf(stderr, "No memory for %zu bytes; the process ends.\n", size);
    _Exit(111);
}

/* The first spare chunk with that room, and no more than `room_max`; taken out of the list. */
static struct arena_chunk *spare_take(struct arena *a, size_t size, size_t room_max)
{
    struct arena_chunk **at = &a->spare;
    while (*at != NULL && ((*at)->room < size || (*at)->room > room_max))
        at = &(*at)->older;
    struct arena_chunk *chunk = *at;
    if (chunk != NULL)
        *at = chunk->older;
    return chunk;
}

static struct arena_chunk *chunk_new(size_t room)
{
    if (room > PTRDIFF_MAX - sizeof(struct arena_chunk))
        memory_exhausted(room);
    struct arena_chunk *chunk = malloc(sizeof(*chunk) + room);
    if (chunk == NULL)
        memory_exhausted(room);
    *chunk = (struct arena_chunk){.room = room};
    guard(chunk->bytes, chunk->room);
    return chunk;
}

/* A chunk of its own goes behind the newest, which goes on being filled: otherwise each large piece
 * would leave the rest of a chunk unused. Rooms are powers of two, so that the spare ones of a turn
 * suit the next; what of a room is never touched takes no memory. */
static struct arena_chunk *large_add(struct arena *a, size_t size)
{
    size_t room = LARGE_SIZE_MIN;
    while (room < size && room <= PTRDIFF_MAX / 2)
        room *= 2;
    struct arena_chunk *chunk = spare_take(a, size, room);
    if (chunk == NULL)
        chunk = chunk_new(room < size ? size : room);
    chunk->older = a->chunk->older;
    a->chunk->older = chunk;
    return chunk;
}

static struct arena_chunk *chunk_add(struct arena *a, size_t size)
{
    size_t room = a->chunk == NULL ? CHUNK_SIZE_MIN : a->chunk->room * 2;
    if (room > CHUNK_SIZE_MAX)
        room = CHUNK_SIZE_MAX;
    struct arena_chunk *chunk = spare_take(a, size, SIZE_MAX);
    if (chunk == NULL)
        chunk = chunk_new(room < size ? size : room);
    chunk->older = a->chunk;
    a->chunk = chunk;
    return chunk;
}

static struct arena_chunk *chunk_with_room(struct arena *a, size_t size)
{
    if (a->chunk == NULL)
        return chunk_add(a, size);
    if (a->chunk->room - a->chunk->used >= size)
        return a->chunk;
    return size >= LARGE_SIZE_MIN ? large_add(a, size) : chunk_add(a, size);
}

void *arena_take(struct arena *a, size_t size)
{
    if (size > PTRDIFF_MAX - ALIGNMENT - GUARD_SIZE)
        memory_exhausted(size);
    size_t span = (size + (size == 0) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + GUARD_SIZE;
    struct arena_chunk *chunk = chunk_with_room(a, span);
    char *at = chunk->bytes + chunk->used;
    chunk->used += span;
    a->total_size += size;
    unguard(at, size);
    return at;
}

void *arena_alloc(struct arena *a, size_t size)
{
    void *at = arena_take(a, size);
    memset(at, 0, size);
    return at;
}

char *arena_cstr(struct arena *a, struct str s)
{
    char *copy = arena_take(a, s.size + 1);
    if (s.size > 0)
        memcpy(copy, s.at, s.size);
    copy[s.size] = '\0';
    return copy;
}

struct str arena_str(struct arena *a, struct str s)
{
    return str_present(s) ? (struct str){arena_cstr(a, s), s.size} : STR_NONE;
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    assert(size >= 0);
    char *at = arena_take(a, (size_t)size + 1);
    vsnprintf(at, (size_t)size + 1, fmt, again);
    va_end(again);
    return (struct str){at, (size_t)size};
}

/* The newest piece of an arena may change its size where it lies, so that a growing buffer is not
 * copied and a finished one keeps only what it needs. (Not under the address sanitizer, where every
 * piece has its guard.) */
static bool piece_resize(struct arena *a, const char *at, size_t from, size_t to)
{
#ifdef ARENA_GUARDED
    (void)a, (void)at, (void)from, (void)to;
    return false;
#else
    struct arena_chunk *chunk = a->chunk;
    if (chunk == NULL || at < chunk->bytes || at > chunk->bytes + chunk->used)
        return false;
    size_t offset = (size_t)(at - chunk->bytes);
    size_t old_end = offset + (from + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t new_end = offset + (to + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (old_end != chunk->used || new_end > chunk->room)
        return false;
    chunk->used = new_end;
    return true;
#endif
}

/* Room for `more` bytes and the NUL that buf_done puts behind them. */
void buf_grow(struct buf *b, size_t more)
{
    assert(b->arena != NULL && more < PTRDIFF_MAX / 4);
    size_t room = b->room * 2;
    if (room < BUF_ROOM_MIN)
        room = BUF_ROOM_MIN;
    if (room < b->size + more + 1)
        room = b->size + more + 1;
    if (b->room > 0 && piece_resize(b->arena, b->at, b->room, room)) {
        b->room = room;
        return;
    }
    char *at = arena_take(b->arena, room);
    if (b->size > 0)
        memcpy(at, b->at, b->size);
    b->at = at;
    b->room = room;
}

void buf_append(struct buf *b, const void *bytes, size_t size)
{
    char *at = buf_room(b, size);
    if (size > 0)
        bytes_copy(at, bytes, size);
    b->size += size;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    assert(size >= 0);
    vsnprintf(buf_room(b, (size_t)size), (size_t)size + 1, fmt, again);
    va_end(again);
    b->size += (size_t)size;
}

struct str buf_done(struct buf *b)
{
    *buf_room(b, 0) = '\0';
    if (piece_resize(b->arena, b->at, b->room, b->size + 1))
        b->room = b->size + 1;
    return (struct str){b->at, b->size};
}
