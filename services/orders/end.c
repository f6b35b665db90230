/* end: how an order ends, and what is given back when it does. */
#include "services/orders/saga.h"

struct str end_cause(const struct order_row *row)
{
    if (row->state == ORDER_CANCELLED)
        return STR("cancelled");
    return row->state == ORDER_EXPIRED ? STR("expired") : STR("refused");
}

/* The saga is over before confirm: lines move, what is held goes back. What was asked and not yet
 * answered is given back when the answer comes (machine.h: SAGA_UNDO). */
static void saga_end(struct saga *s, enum line_cause cause)
{
    struct order_row *row = s->row;
    row->step = STEP_ENDED;
    row->closed_at = fold_now(s->fold);
    lines_move(row, cause);
    state_set(row);
}

static void held_give_back(struct saga *s)
{
    stock_give_back(s, end_cause(s->row));
    credit_give_back(s, end_cause(s->row));
}

void preview_end(struct saga *s, enum order_state outcome)
{
    struct order_row *row = s->row;
    row->outcome = outcome;
    row->credit = CREDIT_ABSENT; /* nothing was ever held */
    row->reservations_count = 0;
    row->step = STEP_ENDED;
    row->closed_at = fold_now(s->fold);
    state_set(row);
    row->answer_id = tell_snapshot(s, &type_order_previewed, snapshot_text(s));
    row->answer_sequence = row->chain.sequence;
}

static void refused_tell(struct saga *s)
{
    struct order_row *row = s->row;
    struct str id = tell_fact(
        s, &type_order_refused,
        &(struct order_fact){.reasons = row->reasons, .reasons_count = row->reasons_count});
    if (row->refused_at_door) {
        row->answer_id = id;
        row->answer_sequence = row->chain.sequence;
    }
    tell_buyer(s, &(struct notice_text){"refused", STR(""), STR("Your order was refused.")});
    tell_state(s);
}

void order_refuse(struct saga *s)
{
    if (s->row->dry_run) {
        lines_move(s->row, CAUSE_REFUSED);
        preview_end(s, ORDER_REFUSED);
        return;
    }
    saga_end(s, CAUSE_REFUSED);
    held_give_back(s);
    refused_tell(s);
}

void order_expire(struct saga *s)
{
    struct order_row *row = s->row;
    if (row->dry_run) {
        order_refuse(s);
        return;
    }
    saga_end(s, CAUSE_EXPIRED);
    held_give_back(s);
    tell_fact(s, &type_order_expired,
              &(struct order_fact){.reasons = row->reasons, .reasons_count = row->reasons_count});
    tell_buyer(
        s, &(struct notice_text){"expired", STR(""), STR("Nobody approved your order in time.")});
    tell_state(s);
}

void order_cancel(struct saga *s)
{
    struct order_row *row = s->row;
    saga_end(s, CAUSE_CANCELLED);
    held_give_back(s);
    tell_fact(s, &type_order_cancelled, &(struct order_fact){.principal = row->cancelled_by});
    tell_buyer(s, &(struct notice_text){"cancelled", STR(""), STR("Your order was cancelled.")});
    tell_state(s);
}

static void closed_tell(struct saga *s)
{
    tell_fact(s, &type_order_closed, NULL);
    credit_settle(s);
    tell_buyer(
        s, &(struct notice_text){"delivered", STR(""), STR("All of your order was delivered.")});
}

/* Credit of what was taken out went back with it; what is left was delivered. */
void order_end_if_over(struct saga *s, bool told)
{
    struct order_row *row = s->row;
    if (!order_ended(row))
        return;
    row->step = STEP_ENDED;
    row->closed_at = fold_now(s->fold);
    row->cancelling = false;
    state_set(row);
    if (row->state == ORDER_CLOSED) {
        closed_tell(s);
    } else if (row->state == ORDER_REFUSED) {
        tell_fact(
            s, &type_order_refused,
            &(struct order_fact){.reasons = row->reasons, .reasons_count = row->reasons_count});
        tell_buyer(s, &(struct notice_text){"refused", STR(""),
                                            STR("The seller refused all of your order.")});
    } else if (!told) {
        assert(row->state == ORDER_CANCELLED);
        tell_fact(s, &type_order_cancelled, &(struct order_fact){.principal = row->cancelled_by});
        tell_buyer(
            s, &(struct notice_text){"cancelled", STR(""), STR("Nothing is left of your order.")});
    }
}
