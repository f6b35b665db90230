/* mapping: how a data set of CSV files becomes commands, as data: deploy/imports/README.md tells
 * what such a file holds. Sources are loaded whole; values are made by templates. */
#ifndef CLI_MAPPING_H
#define CLI_MAPPING_H

#include "common/json.h"
#include "services/cli/cli.h"
#include "services/cli/csv.h"

enum { SOURCE_COUNT_MAX = 64, JOIN_COUNT_MAX = 16, INDEX_COUNT_MAX = 64 };

struct join {
    struct str name;   /* as templates write it */
    struct str source; /* whose key column it names */
    int column;        /* of this source */
};

struct source {
    struct str name, file; /* file: as found, for messages */
    struct csv table;
    int key; /* column that joins look for; -1: none */
    bool decimal_comma;
    struct join joins[JOIN_COUNT_MAX];
    size_t join_count;
};

/* Rows of a source ordered by one column. */
struct index {
    const struct source *source;
    int column;
    size_t *rows;
};

struct mapping {
    struct arena *arena;
    const struct node *root;
    struct str name; /* of the data set */
    struct str run;  /* {$run}: of this replay */
    struct source sources[SOURCE_COUNT_MAX];
    size_t source_count;
    struct index indexes[INDEX_COUNT_MAX];
    size_t index_count;
    struct verdict *verdict;
};

/* Where a template stands: a row of a source, and the rows around it. */
struct scope {
    const struct scope *up;
    const struct source *source; /* NULL: no row, constants only */
    size_t row;
    size_t number; /* {#}: from 1 within the list at hand */
};

/* Reads the mapping and all its sources from `folder`. False: *e, or the verdict has grown. */
bool mapping_load(struct mapping *m, const char *path, struct str folder, struct err *e) MUST_CHECK;
struct source *mapping_source(struct mapping *m, struct str name); /* NULL: none */
/* The rows whose cell in `column` is `value`: *first and count into the index's rows. */
const size_t *mapping_rows(struct mapping *m, const struct source *s, int column, struct str value,
                           size_t *count);
/* A section's list of makers; NULL when there is none. */
const struct node *mapping_section(const struct mapping *m, const char *name);

/* --- template.c: "{customer_id}", "{product.name|cut:40}", "{$currency}", "{#}". */
enum value_kind { VALUE_TEXT = 0, VALUE_NUMBER, VALUE_TRUE };
struct value {
    struct str text; /* STR_NONE: absent */
    enum value_kind kind;
};
/* False: the verdict has grown. */
bool template_make(struct mapping *m, const struct scope *s, struct str template,
                   struct value *out) MUST_CHECK;
/* For messages: the file and line of the innermost row. */
bool scope_refuse(struct mapping *m, const struct scope *s, const char *code, struct str text);

/* --- filter.c */
struct filter_call {
    struct mapping *mapping;
    const struct scope *scope;
    struct str name, argument;
};
/* Changes a value; false: the verdict has grown. */
bool filter_apply(const struct filter_call *call, struct value *v) MUST_CHECK;

/* --- make.c: a JSON skeleton whose texts are templates becomes JSON text. STR_NONE: absent. */
bool skeleton_make(struct mapping *m, const struct scope *s, const struct node *skeleton,
                   struct str *out) MUST_CHECK;
/* Whether all conditions hold; `when` NULL: yes. */
bool conditions_hold(struct mapping *m, const struct scope *s, const struct node *when,
                     bool *out) MUST_CHECK;

#endif
