/* load: what import and replay share: the rows that a section of the mapping makes, and commands
 * that are sent and awaited together. */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include "services/cli/answer.h"
#include "services/cli/mapping.h"

/* One thing that a section has made, and where it comes from. */
struct made {
    struct str json;          /* an object */
    const struct node *node;  /* the same, read */
    const struct node *maker; /* of the mapping */
    struct str file;
    size_t line;
    struct scope scope;
};

struct made_list {
    struct made *items;
    size_t count, room;
};

/* Runs all makers of a section over their rows. Faults are in the verdict; what could be made is in
 * *out. */
void section_make(struct mapping *m, const char *section, struct made_list *out);
/* A member that must be text; STR("") when it is not there. */
struct str made_text(const struct made *item, const char *member);

struct outbox {
    struct parcel *items;
    size_t count, room;
};
void outbox_add(struct arena *a, struct outbox *o, const struct parcel *p);
/* Sends, waits for every answer, tells what is refused; the exit code. `what`: for the bar. */
int outbox_run(struct cli *c, struct outbox *o, const char *what);

/* Loads the mapping (--map, else deploy/imports/<folder's name>.json) and the sources of the
 * command's folder; the exit code. */
int mapping_open(struct cli *c, struct mapping *m);
int verdict_print(struct cli *c, const struct verdict *v);
/* "1265793.29" -> "1,265,793.29". */
struct str amount_grouped(struct arena *a, int64_t micro);

#endif
