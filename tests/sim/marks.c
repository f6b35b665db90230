/* marks: the counters. */
#include "tests/sim/marks.h"

uint64_t marks[MARK_COUNT];

const char *const mark_docs[MARK_COUNT] = {
#define MARK_DOC(name, doc) doc,
    MARKS(MARK_DOC)
#undef MARK_DOC
};
