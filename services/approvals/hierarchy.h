/* hierarchy: the tree of an account's units, and who of its users is what (F10, F11). Pure. */
#ifndef SERVICES_APPROVALS_HIERARCHY_H
#define SERVICES_APPROVALS_HIERARCHY_H

#include "services/approvals/rows.h"

struct unit_path { /* a unit and those above it, nearest first; empty: the account itself */
    struct str units[HIERARCHY_DEPTH_MAX];
    size_t count;
};

/* Statuses are text on the wire; absent means active. */
bool status_is_active(struct str status);

const struct account_unit *unit_find(const struct charter *c, struct str unit); /* NULL: none */
/* The unit and those above it. False when one of them is unknown, or there are too many of them
 * (what is stored was checked: only new trees can fail). */
bool unit_path_of(const struct charter *c, struct str unit, struct unit_path *out) MUST_CHECK;
bool unit_path_has(const struct unit_path *path, struct str unit);
/* The first unit whose parent is unknown, that is its own ancestor, or that is too deep. False:
 * *at is its index among the units, *code which of these. */
bool unit_tree_check(const struct charter *c, size_t *at, const char **code) MUST_CHECK;

const struct account_user *user_find(const struct charter *c, struct str user); /* NULL: none */
bool user_has_role(const struct account_user *user, struct str role);

/* Who orders what for whom: as the order names them. Absent members are STR_NONE. */
struct order_people {
    struct str unit, buyer, principal, sales_rep;
};
/* One question about the people of an order: `code` NULL means it is in order. */
struct people_check {
    const char *check; /* buyer, unit, principal */
    const char *code;
    const char *path; /* JSON Pointer into the order's command */
    const char *text, *remedy;
};
enum { PEOPLE_CHECK_COUNT = 3 };
/* Judges buyer, unit and principal; *path becomes that of the order's unit (named, else the
 * buyer's), empty when it has none. */
void people_judge(const struct charter *c, const struct order_people *people,
                  struct people_check checks[PEOPLE_CHECK_COUNT], struct unit_path *path);

#endif
