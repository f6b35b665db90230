/* machine: the two tables of an order (F27). Lines drive: what may become of a line is (state,
 * cause) -> move, ignore or refuse, every pair filled. The saga has a second table: whether an
 * answer that arrives is expected at the step where the order stands, comes too late, or comes too
 * late and holds something that must be given back. Pure data. */
#ifndef SERVICES_ORDERS_MACHINE_H
#define SERVICES_ORDERS_MACHINE_H

#include "services/orders/rows.h"

enum line_cause {
    CAUSE_ABSENT = 0,
    CAUSE_PRICED,
    CAUSE_PENDING,   /* people must say yes */
    CAUSE_GRANTED,   /* credit is held and all said yes */
    CAUSE_REFUSED,   /* no price, no credit, an approver's no, out of stock */
    CAUSE_EXPIRED,   /* nobody said yes in time */
    CAUSE_CONFIRMED, /* its stock is held and so is that of the others */
    CAUSE_ALLOCATED, /* its sub-order went to the seller */
    CAUSE_ACCEPTED,  /* by the seller */
    CAUSE_REJECTED,  /* by the seller, nothing of it is left */
    CAUSE_SHIPPED,   /* all of it has left */
    CAUSE_DELIVERED, /* all of it has arrived */
    CAUSE_CLOSED,    /* no invoice is expected */
    CAUSE_CANCELLED
};
enum { CAUSE_COUNT = CAUSE_CANCELLED + 1 };
extern const char *const line_cause_names[CAUSE_COUNT];

enum verdict { VERDICT_ABSENT = 0, VERDICT_MOVE, VERDICT_IGNORE, VERDICT_REFUSE };

struct line_rule {
    enum verdict verdict;
    enum line_state next; /* of a move */
};
struct line_rule line_rule(enum line_state state, enum line_cause cause);
/* Moves the line if the table says so; whether it did. */
bool line_move(struct order_line *line, enum line_cause cause);
size_t lines_move(struct order_row *row, enum line_cause cause); /* all lines; how many moved */
bool line_ended(enum line_state state);                          /* closed or one of the ends */

/* What the header's state follows from: a dry run that ended is previewed. While a line is open:
 * the least advanced open line. When all have ended: closed if any closed, else cancelled if any
 * was cancelled, else expired if any expired, else refused. */
enum order_state order_state_of(const struct order_row *row);
/* The same for the lines of one sub-order. */
enum order_state sub_order_state_of(const struct order_row *row, int64_t sub_order);
bool order_ended(const struct order_row *row); /* every line has ended */
/* Credit and stock are committed by the very answers that hold them (commit_at reserve); false for
 * a preview, which holds nothing. */
bool order_commits_early(const struct order_row *row);

enum saga_event {
    EVENT_ABSENT = 0,
    EVENT_PRICED,
    EVENT_PRICE_REFUSED,
    EVENT_GRANTED,
    EVENT_PENDING,
    EVENT_REMINDED,
    EVENT_CREDIT_REFUSED,
    EVENT_APPROVAL_REJECTED,
    EVENT_APPROVAL_EXPIRED,
    EVENT_RESERVED,
    EVENT_STOCK_REFUSED,
    EVENT_STOCK_EXPIRED,
    EVENT_ANSWERED, /* by a seller */
    EVENT_CANCEL    /* the command */
};
enum { EVENT_COUNT = EVENT_CANCEL + 1 };
extern const char *const saga_event_names[EVENT_COUNT];

enum saga_verdict {
    SAGA_ABSENT = 0,
    SAGA_GO,     /* what the order waits for */
    SAGA_IGNORE, /* late, repeated, or of no consequence */
    SAGA_UNDO    /* late: if something is held by it, give it back, once */
};
enum saga_verdict saga_rule(enum saga_step step, enum saga_event event);

#endif
