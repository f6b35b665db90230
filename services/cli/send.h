/* send: commands on their way out, signed; and the broker as the command line sees it (through
 * common/bus.h). */
#ifndef CLI_SEND_H
#define CLI_SEND_H

#include "common/bus.h"
#include "common/message.h"
#include "services/cli/cli.h"

struct parcel {
    const struct message_type *type;
    struct str key, value, subject; /* subject: the order, or absent */
    struct str id;                  /* ce_id; absent: made of all the others, and left here */
};

/* The broker, connected at first use; NULL after saying why not. */
struct bus *sender_bus(struct cli *c, struct err *e);
/* Hands a signed command to the producer; it is there after sender_flush. */
bool sender_put(struct cli *c, struct parcel *p, struct err *e) MUST_CHECK;
bool sender_flush(struct cli *c, struct err *e) MUST_CHECK; /* false: not all were acknowledged */
int64_t sender_flushed_at(const struct cli *c);             /* wall clock, microseconds; 0: never */
void sender_close(struct cli *c);

/* A command type by name or by its short form "catalog.product.put"; NULL when there is none. */
const struct message_type *command_type(const char *name);
/* The text of a command as its type wants it: decoded, checked and written canonically. */
bool command_check(struct cli *c, const struct message_type *t, struct str json, struct parcel *out,
                   struct fault *f) MUST_CHECK;

/* What goes into the header AUTH_HEADER. */
struct str signature_of(struct arena *a, struct str system, struct str secret,
                        const struct parcel *p);

#endif
