/* authorize_step: may it be bought, and who says so. Credit is asked for once, and every way out
 * gives it back once: the row remembers what approvals holds for the order. */
#include "services/orders/saga.h"

static void credit_ask(struct saga *s, const struct message_type *type, struct str cause)
{
    struct order_row *row = s->row;
    struct authorization_request r = {.account = row->account,
                                      .order = row->order_id,
                                      .unit = row->unit,
                                      .buyer = row->buyer,
                                      .principal = row->principal,
                                      .actor = row->actor,
                                      .sales_rep = row->sales_rep,
                                      .payment_term = row->payment_term,
                                      .version = row->version,
                                      .total = row_money(row, row->total),
                                      .content_hash = sha256_hex(s->arena, &row->content_hash),
                                      .placed_at = row->placed_at,
                                      .dry_run = row->dry_run,
                                      .commit = type == &type_authorization_request &&
                                                order_commits_early(row),
                                      .cause = cause,
                                      .purchase_order = row->purchase_order,
                                      .reference = row->reference};
    ask(s, type, &r);
}

void authorize_ask(struct saga *s)
{
    s->row->step = STEP_AUTHORIZING;
    s->row->credit = CREDIT_ASKED;
    credit_ask(s, &type_authorization_request, STR_NONE);
}

/* --- answers */

/* What a yes means for the credit: an order that commits early was committed by it. */
static enum credit_state credit_granted(const struct order_row *row)
{
    return order_commits_early(row) ? CREDIT_COMMITTED : CREDIT_GRANTED;
}

static bool stale(const struct saga *s, const struct authorization_told *t)
{
    return t->version != s->row->version;
}

static void told_keep(struct saga *s, const struct authorization_told *t)
{
    struct order_row *row = s->row;
    if (t->approvals_count > 0) {
        row->approvals = arena_array(s->arena, struct approval, t->approvals_count);
        row->approvals_count = t->approvals_count;
    }
    for (size_t i = 0; i < t->approvals_count; i++) {
        row->approvals[i] = t->approvals[i];
        row->approvals[i].comment = text_cut(t->approvals[i].comment, COMMENT_SIZE_MAX);
    }
    if (!str_present(row->unit))
        row->unit = t->unit;
}

void authorize_granted(struct saga *s, const void *told)
{
    const struct authorization_told *t = told;
    struct order_row *row = s->row;
    if (stale(s, t))
        return;
    told_keep(s, t);
    row->credit = credit_granted(row);
    lines_move(row, CAUSE_GRANTED);
    state_set(row);
    if (!row->dry_run)
        tell_fact(s, &type_order_approved, NULL);
    reserve_ask(s);
}

/* Those of the first open tier; the next tier hears when its turn has come. */
static void approvers_tell(struct saga *s, const struct authorization_told *t, const char *kind)
{
    if (t->waiting_count == 0)
        return;
    const struct waiting_tier *tier = &t->waiting[0];
    struct notice_text n = {kind, arena_printf(s->arena, "%lld", (long long)tier->tier),
                            STR("An order waits for your approval.")};
    for (size_t i = 0; i < tier->approvers_count; i++)
        tell_person(s, tier->approvers[i], &n);
}

static struct str roles_text(struct saga *s, const struct waiting_tier *tier)
{
    struct buf text = {.arena = s->arena};
    buf_text(&text, "Somebody must approve it, in the role of ");
    for (size_t i = 0; i < tier->roles_count; i++)
        buf_printf(&text, "%s%.*s", i == 0 ? "" : " and ", STR_ARG(tier->roles[i]));
    buf_text(&text, ".");
    return buf_done(&text);
}

/* A dry run goes on: it also says whether there is stock. */
static void preview_pending(struct saga *s, const struct authorization_told *t)
{
    for (size_t i = 0; i < t->waiting_count; i++)
        reason_add(s, &(struct reason){.code = STR("approval_needed"),
                                       .text = roles_text(s, &t->waiting[i])});
    lines_move(s->row, CAUSE_PENDING);
    s->row->credit = CREDIT_PENDING;
    state_set(s->row);
    reserve_ask(s);
}

void authorize_pending(struct saga *s, const void *told)
{
    const struct authorization_told *t = told;
    struct order_row *row = s->row;
    bool first = row->credit == CREDIT_ASKED;
    if (stale(s, t))
        return;
    told_keep(s, t);
    if (row->dry_run) {
        preview_pending(s, t);
        return;
    }
    row->credit = CREDIT_PENDING;
    lines_move(row, CAUSE_PENDING);
    state_set(row);
    if (first)
        tell_fact(s, &type_order_approval_pending, NULL);
    approvers_tell(s, t, "awaiting_approval");
    tell_state(s);
}

void authorize_reminded(struct saga *s, const void *told)
{
    if (!stale(s, told))
        approvers_tell(s, told, "approval_reminder");
}

static void no_keep(struct saga *s, const struct authorization_told *t, struct reason otherwise)
{
    told_keep(s, t);
    s->row->credit = CREDIT_REFUSED;
    reasons_add(s, t->reasons, t->reasons_count);
    if (t->reasons_count == 0)
        reason_add(s, &otherwise);
}

void authorize_refused(struct saga *s, const void *told)
{
    if (stale(s, told))
        return;
    no_keep(s, told,
            (struct reason){.code = STR("authorization_refused"),
                            .text = STR("The order was not authorised.")});
    order_refuse(s);
}

void authorize_rejected(struct saga *s, const void *told)
{
    if (stale(s, told))
        return;
    no_keep(s, told,
            (struct reason){.code = STR("approval_rejected"), .text = STR("An approver said no.")});
    order_refuse(s);
}

void authorize_expired(struct saga *s, const void *told)
{
    if (stale(s, told))
        return;
    no_keep(s, told,
            (struct reason){.code = STR("approval_expired"),
                            .text = STR("Nobody approved it in time."),
                            .remedy = STR("Order again under a new id.")});
    order_expire(s);
}

/* --- the order ended while approvals had not answered */

void authorize_late_yes(struct saga *s, const void *told)
{
    (void)told;
    if (s->row->credit != CREDIT_ASKED || s->row->dry_run)
        return;
    s->row->credit = credit_granted(s->row);
    credit_give_back(s, end_cause(s->row));
}

void authorize_late_no(struct saga *s, const void *told)
{
    (void)told;
    if (s->row->credit == CREDIT_ASKED)
        s->row->credit = CREDIT_REFUSED;
}

/* --- what becomes of the credit */

static bool credit_held(const struct order_row *row)
{
    return row->credit == CREDIT_PENDING || row->credit == CREDIT_GRANTED ||
           row->credit == CREDIT_COMMITTED;
}

void credit_give_back(struct saga *s, struct str cause)
{
    if (!credit_held(s->row) || s->row->dry_run)
        return;
    s->row->credit = CREDIT_RELEASED;
    credit_ask(s, &type_authorization_release, cause);
}

void credit_shrink(struct saga *s, struct str cause)
{
    assert(credit_held(s->row) && !s->row->dry_run);
    credit_ask(s, &type_authorization_reduce, cause);
}

void credit_commit(struct saga *s)
{
    if (order_commits_early(s->row)) {
        assert(s->row->credit == CREDIT_COMMITTED);
        return;
    }
    assert(s->row->credit == CREDIT_GRANTED);
    s->row->credit = CREDIT_COMMITTED;
    credit_ask(s, &type_authorization_commit, STR_NONE);
}

void credit_settle(struct saga *s)
{
    assert(s->row->credit == CREDIT_COMMITTED);
    s->row->credit = CREDIT_SETTLED;
    credit_ask(s, &type_authorization_settle, STR_NONE);
}
