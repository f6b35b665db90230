/* limit_recipe: what recipe.py recorded of the product's flow, ready to be done again: for each
 * order and each message about it, which events follow and which rows change. Texts have holes
 * where the order's id stands. */
#ifndef TESTS_BENCH_LIMIT_RECIPE_H
#define TESTS_BENCH_LIMIT_RECIPE_H

#include "common/arena.h"
#include "common/bus.h"

enum { RECIPE_LIST_MAX = 64, RECIPE_COLUMNS_MAX = 60, RECIPE_HOLES_MAX = 8, RECIPE_SAMPLES = 1000 };
enum { RECIPE_ABSENT = -1 };

enum recipe_kind { /* of a column, by number in the file */
                   RECIPE_TEXT,
                   RECIPE_INT8,
                   RECIPE_INT2,
                   RECIPE_AMOUNT,
                   RECIPE_BOOL,
                   RECIPE_TIME,
                   RECIPE_BYTES,
                   RECIPE_PART,  /* the partition's number */
                   RECIPE_BATCH, /* the batch's number */
                   RECIPE_KIND_COUNT
};

struct recipe_text {
    struct str bytes;
    int hole_count;
    uint32_t holes[RECIPE_HOLES_MAX];
};

struct recipe_column {
    enum recipe_kind kind;
    int bound_table, bound_column; /* its value is an aggregate's; RECIPE_ABSENT: its own */
};

struct recipe_table {
    const char *statement;
    bool aggregate; /* many orders change the same row; numbers in the recipe are differences */
    int key_count, column_count;
    struct recipe_column columns[RECIPE_COLUMNS_MAX];
    const char *select; /* aggregates: part and all other columns as text */
};

struct recipe_cell {
    struct recipe_text text; /* also bytes */
    int64_t number;
};

struct recipe_row {
    int table;
    struct recipe_cell *cells;
};

struct recipe_event {
    const char *topic;
    int output; /* index of a chained topic, or RECIPE_ABSENT */
    struct str type;
    struct recipe_text key, headers, body;
};

struct recipe_effect {
    int event_count, row_count;
    struct recipe_event *events;
    struct recipe_row *rows;
};

struct recipe_names {
    int count;
    struct str items[RECIPE_LIST_MAX];
};

struct recipe {
    struct recipe_names inputs, outputs, types;
    int table_count;
    struct recipe_table tables[RECIPE_LIST_MAX];
    struct recipe_effect *effects; /* [sample * types.count + type] */
};

/* Ends the process with a sentence when the file is not what recipe.py writes. Everything lives in
 * the arena. */
void recipe_load(struct recipe *r, const char *path, struct arena *a);
/* A copy with the order's id in the holes. */
struct str recipe_fill(const struct recipe_text *t, struct str order, struct arena *a);
int recipe_name_find(const struct recipe_names *names, struct str name); /* or RECIPE_ABSENT */

#endif
