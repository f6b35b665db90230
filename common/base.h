/* base: what every file may use: views of text, array lengths, checked integers. No allocation, no
 * I/O. */
#ifndef COMMON_BASE_H
#define COMMON_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_LEN(a)           (sizeof(a) / sizeof((a)[0]))
#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* A view of bytes, usually UTF-8 text; never owns, need not end in NUL. at == NULL means absent,
 * at != NULL with size 0 means present and empty. */
struct str {
    const char *at;
    size_t size;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_NONE     ((struct str){NULL, 0})
/* For printf's "%.*s". */
#define STR_ARG(s)   (int)(s).size, ((s).at ? (s).at : "")

struct str str_of(const char *text);         /* NULL gives STR_NONE */
bool str_eq(struct str a, struct str b);     /* bytes; absent equals only absent */
int str_compare(struct str a, struct str b); /* bytes, shorter first; <0, 0, >0 */
bool str_is(struct str a, const char *text);
static inline bool str_present(struct str s)
{
    return s.at != NULL;
}
static inline bool str_blank(struct str s)
{
    return s.size == 0;
}
/* For tables in memory only: never stored, never told, and no order may follow from it. */
uint64_t str_hash(struct str s);
bool str_starts(struct str s, const char *prefix);

/* Reads a whole decimal int64 ("-12"); false when it is anything else or does not fit. */
bool str_to_int64(struct str s, int64_t *out) MUST_CHECK;
/* Writes it at `to`, at most INT64_TEXT_SIZE bytes, without a NUL; returns the end. */
enum { INT64_TEXT_SIZE = 20 };
char *int64_put(char *to, int64_t n);

/* memcpy for texts whose size is known late and mostly small: two overlapping moves each instead of
 * a call. The two do not overlap each other. */
static inline void bytes_copy(char *to, const char *from, size_t size)
{
    if (size > 32) {
        memcpy(to, from, size);
    } else if (size >= 16) {
        memcpy(to, from, 16);
        memcpy(to + size - 16, from + size - 16, 16);
    } else if (size >= 8) {
        memcpy(to, from, 8);
        memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
        memcpy(to, from, 4);
        memcpy(to + size - 4, from + size - 4, 4);
    } else {
        for (size_t i = 0; i < size; i++)
            to[i] = from[i];
    }
}

enum { WHOLE_TEXT_SIZE = 20 };
/* The decimal digits of a number, no NUL; returns how many. */
size_t whole_write(uint64_t value, char out[WHOLE_TEXT_SIZE]);

/* Kafka's key placement, as in Java's default partitioner: murmur2, positive, modulo. */
uint32_t murmur2(struct str key);
int32_t partition_of(struct str key, int32_t partition_count);

/* Checked sums: false on overflow, *out then untouched. */
static inline bool add_ok(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}
static inline bool sub_ok(int64_t a, int64_t b, int64_t *out)
{
    return !__builtin_sub_overflow(a, b, out);
}

#endif
