/* fuzz: what the parts of fuzz-codec share: documents made from a number, and a judge that holds
 * our reading of one against jansson's. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "common/arena.h"
#include "proto/types.h"

/* --- chance: the same numbers from the same seed on every machine */
struct chance {
    uint64_t state;
};
struct chance chance_of(uint64_t seed, uint64_t number);
uint32_t chance_below(struct chance *c, size_t below); /* 0 <= it < below; below >= 1 */

/* --- documents */
struct document {
    struct str text;
    const struct message_type *type; /* whose example it was; NULL: of no type */
};

/* Reads the examples, and the vectors where they are; false after saying why. */
bool sources_read(const char *examples, const char *vectors);
void sources_free(void);
struct document document_make(uint64_t seed, uint64_t number, struct arena *a);

/* --- the judge */

/* A mistake that the self-test plants in what our reader says; the judge must find it. */
enum plant { PLANT_NONE = 0, PLANT_DIGIT, PLANT_TEXT, PLANT_ACCEPT, PLANT_REFUSE, PLANT_MEMBER };
enum { PLANT_COUNT = PLANT_MEMBER + 1 };

enum verdict { BOTH_REFUSE, BOTH_ACCEPT, DIFFERING };
/* `why` is set for DIFFERING. All memory lives in `a`. */
enum verdict document_judge(const struct document *d, enum plant plant, struct arena *a,
                            const char **why);

#endif
