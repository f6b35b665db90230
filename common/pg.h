/* pg: Postgres. (pg.c is the only file that includes libpq-fe.h.) One connection, statements
 * prepared by name at connect, calls sent as one pipeline with one Sync. All parameters and results
 * travel in binary. */
#ifndef COMMON_PG_H
#define COMMON_PG_H

#include "common/arena.h"
#include "common/clock.h"
#include "common/err.h"

/* A text embedded at build time. */
struct sql_file {
    const char *name; /* "store.sql", "0001_init.sql" */
    const char *text;
};

struct pg; /* opaque; owned by the caller of pg_new */

struct pg_settings {
    const char
        *conninfo;      /* libpq's; the password comes by its own passfile or by `password_file` */
    const char *user;   /* "batuta_orders" */
    const char *schema; /* search_path; also the application name */
    const struct sql_file *const
        *stores; /* NULL-terminated: files of "-- name: x" blocks, all prepared at connect */
    int statement_timeout_ms, lock_timeout_ms;
};

struct pg *pg_new(const struct pg_settings
                      *settings); /* connects to nothing yet; copies nothing: settings outlive it */
void pg_free(struct pg *pg);
/* Connects and prepares. ERR_RETRY: not reachable now. ERR_FATAL: refused login, missing schema, a
 * statement that does not prepare (the message names it). */
bool pg_connect(struct pg *pg, struct err *e) MUST_CHECK;
bool pg_connected(const struct pg *pg);
void pg_disconnect(struct pg *pg);
int pg_backend_pid(const struct pg *pg);
/* Plain SQL without parameters or results, possibly several statements (migrations; SET; LISTEN is
 * not used). */
bool pg_run(struct pg *pg, const char *sql, struct err *e) MUST_CHECK;

/* --- parameters: built in the batch's arena, in order $1, $2, ... */
enum { PG_PARAM_COUNT_MAX = 64 };

struct pg_params {
    struct arena *arena;
    size_t count;
    struct str values[PG_PARAM_COUNT_MAX]; /* wire bytes; STR_NONE = NULL */
};
struct pg_params *pg_params_new(struct arena *a); /* none yet; lives as long as the arena's turn */
void pg_add_text(struct pg_params *p,
                 struct str s); /* absent = NULL; also for json, uuid given as text type */
void pg_add_int8(struct pg_params *p, int64_t v);
void pg_add_int4(struct pg_params *p, int32_t v);
void pg_add_int2(struct pg_params *p, int16_t v);
void pg_add_bool(struct pg_params *p, bool v);
void pg_add_time(struct pg_params *p, struct instant t); /* timestamptz; absent = NULL */
/* Arrays, one dimension. stride: bytes from one item to the next, so that a column of structs can
 * be sent. */
void pg_add_text_array(struct pg_params *p, const struct str *items, size_t count);
void pg_add_bytes_array(struct pg_params *p, const struct str *items,
                        size_t count); /* bytea[]; absent = NULL */
void pg_add_int8_array(struct pg_params *p, const int64_t *items, size_t count);
void pg_add_int4_array(struct pg_params *p, const int32_t *items, size_t count);
void pg_add_int2_array(struct pg_params *p, const int16_t *items, size_t count);
void pg_add_bool_array(struct pg_params *p, const bool *items, size_t count);
void pg_add_time_array(struct pg_params *p, const struct instant *items, size_t count);
void pg_add_amount_array(struct pg_params *p, const int64_t *micro, size_t count); /* numeric[] */

/* --- results. Views live as long as `rows`; pg_rows_release is safe on a zeroed struct and twice.
 */
struct pg_rows {
    void *result; /* owned */
    size_t count;
};
void pg_rows_release(struct pg_rows *rows);
bool pg_is_null(const struct pg_rows *rows, size_t row, int column);
struct str pg_text(const struct pg_rows *rows, size_t row,
                   int column); /* text, json, name, bytea: the bytes; NULL = STR_NONE */
int64_t pg_int(const struct pg_rows *rows, size_t row, int column); /* int2, int4, int8; NULL = 0 */
bool pg_bool(const struct pg_rows *rows, size_t row, int column);
struct instant pg_time(const struct pg_rows *rows, size_t row, int column);
bool pg_amount(const struct pg_rows *rows, size_t row, int column,
               int64_t *micro); /* numeric; false: more than 6 decimals or overflow */
/* Arrays into the arena; NULL elements: 0 / STR_NONE. Return the count. */
size_t pg_int8_array(const struct pg_rows *rows, size_t row, int column, struct arena *a,
                     int64_t **out);
size_t pg_text_array(const struct pg_rows *rows, size_t row, int column, struct arena *a,
                     struct str **out); /* also bytea[] */

/* --- calls */
struct pg_call {
    const char *statement;
    struct pg_params *params; /* NULL: none */
};

enum pg_wrap { PG_PLAIN, PG_TRANSACTION };

/* Sends all calls and one Sync, reads all results. PG_TRANSACTION puts BEGIN before and COMMIT
 * behind; on an error it rolls back. rows: NULL, or `count` results to be released by the caller
 * (released already on failure). ERR_RETRY: connection lost (outcome of a transaction unknown),
 * serialization, deadlock, lock or statement timeout, disk full, shutting down. ERR_FENCED:
 * division by zero, which the fence statement raises when not all rows matched. ERR_POISON: a
 * constraint or data error (class 22, 23). ERR_FATAL: everything else (missing table, no right). */
bool pg_do(struct pg *pg, enum pg_wrap wrap, const struct pg_call *calls, size_t count,
           struct pg_rows *rows, struct err *e) MUST_CHECK;
/* One call. */
bool pg_query(struct pg *pg, const char *statement, struct pg_params *params, struct pg_rows *rows,
              struct err *e) MUST_CHECK;

/* One statement that is not prepared, with parameters and a result (migrations, checks, tests).
 * rows may be NULL. Errors as pg_do. */
bool pg_ask(struct pg *pg, const char *sql, struct pg_params *params, struct pg_rows *rows,
            struct err *e) MUST_CHECK;

/* Runs over the blocks of a store file: "-- name: x\n" ... Returns false at the end. */
struct sql_block {
    struct str name, text;
};
bool sql_next(const char **cursor, struct sql_block *out);

#endif
