/* pg_inside: what the pg*.c files of the simulator share. A statement is a small C function that is
 * called twice: to say whether it can be done, and to do it. Inside a transaction all are asked as
 * they come, asked again at COMMIT and then done: as in Postgres, nobody sees them before. */
#ifndef TESTS_SIM_PG_INSIDE_H
#define TESTS_SIM_PG_INSIDE_H

#include "common/pg_wire.h"
#include "tests/sim/sim.h"

enum outcome {
    OUT_OK = 0,
    OUT_FENCED,  /* division by zero */
    OUT_UNIQUE,  /* 23505 */
    OUT_REFUSED, /* 22xxx: a value that this store does not take */
    OUT_LOCKED   /* an open transaction of another holds the row */
};

struct sim_cell {
    struct str bytes;
    unsigned type;
};

struct sim_rows {
    size_t columns, count, room;
    struct sim_cell *cells;
};

struct pg {
    const struct pg_settings *settings;
    struct schema *schema;
    bool connected, ended; /* ended: by somebody else; its next statement finds out */
    bool in_transaction;
    int pid;
    struct pg *next; /* of all */
};

struct call {
    struct pg *pg;
    struct schema *schema;
    const struct pg_params *params;
    bool apply;
    struct sim_rows *out;
};

struct statement {
    const char *name; /* NULL: the end */
    enum outcome (*run)(struct call *c);
};
extern const struct statement stream_statements[], list_statements[];
enum outcome entity_statement(const char *name, struct call *c, bool *known);

/* A new row of a result: its cells are filled by the caller. */
struct sim_cell *rows_add(struct sim_rows *rows, size_t columns);
struct str param(const struct call *c, size_t number); /* 1.. as in SQL */
struct str keep(struct str cell);                      /* into the run's arena */
int64_t param_int(const struct call *c, size_t number);
bool cells_equal(struct str a, struct str b);
/* The row of a partition if this connection may change it now. */
enum outcome stream_for(struct call *c, int64_t part, struct sim_stream **out);

/* Rows of fixed cells: the one whose first cells are these, or NULL. */
struct str *list_find(const struct sim_list *l, const struct str *key, size_t count);
void list_remove(struct sim_list *l, const struct str *key, size_t count);
/* Row by row of the arrays $1 .. $columns. */
struct zip {
    struct elements arrays[14];
    size_t columns, count;
};
struct zip zip_open(const struct call *c, size_t columns);
void zip_next(struct zip *z, struct str *cells);
void give(struct call *c, const struct str *cells, const unsigned *types, size_t count);
/* The journal row that holds a sequence, and its place in it. */
const struct str *journal_row(const struct sim_list *j, int64_t seq, size_t *place);
struct str element_at(struct str array, size_t place);

#endif
