/* grid: lists and single things as text for people, from what the services send. */
#ifndef CLI_GRID_H
#define CLI_GRID_H

#include "services/cli/fetch.h"

struct column {
    const char *title;
    const char *path; /* of the member: "total", "lines/0/sku"; "#lines" = how many */
    bool right;       /* aligned to the right */
};

/* A member as people read it: money "12.50 EUR", a quantity "3 C62", a time without "T" and "Z", a
 * list of texts with commas; STR("") when absent. */
struct str grid_text(struct arena *a, const struct node *object, const char *path);

/* With --json the items as a JSON list, one a line; else aligned columns with titles. */
void grid_print(struct cli *c, const struct column *columns, size_t column_count,
                const struct node_list *items);
/* Cells as texts, rows x columns, the first row being the titles. */
void grid_cells(const struct column *columns, size_t column_count, const struct str *cells,
                size_t row_count);
/* "name: value" lines of the members named; absent ones are passed over. */
void grid_pairs(struct cli *c, const struct column *columns, size_t column_count,
                const struct node *object);

#endif
