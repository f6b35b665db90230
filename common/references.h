/* references: the service's picture of its reference data, in memory, kept at the versions that the
 * store has. */
#ifndef COMMON_REFERENCES_H
#define COMMON_REFERENCES_H

#include "common/batch.h"
#include "common/pg.h"

struct references {
    const struct service *service;
    void *snapshot; /* owned; NULL when the service has none */
    int64_t versions[FOLD_KIND_COUNT_MAX];
    size_t kind_count;
};

void references_init(struct references *r, const struct service *s);
void references_release(struct references *r);
/* Reads the versions and, where one moved, only what changed. Every batch calls it first. */
bool references_refresh(struct references *r, struct pg *pg, struct arena *a,
                        struct err *e) MUST_CHECK;
void references_give(const struct references *r, struct fold *f); /* snapshot and versions */
/* The rows and versions that a batch adds; *count calls (0 or 2). */
size_t references_calls(const struct fold *f, struct arena *a, struct pg_call calls[2]);

#endif
