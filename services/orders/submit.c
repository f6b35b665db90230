/* submit: a new order, wanted or only tried (preview), and what came of it when it is sent again.
 * The order's own row is the idempotency record (F33). */
#include "services/orders/door.h"
#include "services/orders/saga.h"

/* A literal where an initialiser must be constant. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static struct str agreed_text(const struct submit_line *l)
{
    bool price = l->agreed_price.currency[0] != '\0', discount = l->agreed_discount_ppm != 0;
    if (price)
        return discount ? STR("price+discount") : STR("price");
    return discount ? STR("discount") : STR_NONE;
}

static void lines_fill(struct saga *s, const struct order_submit *o, const struct door *door)
{
    struct order_row *row = s->row;
    row->lines = arena_array(s->arena, struct order_line, o->lines_count);
    row->lines_count = o->lines_count;
    const size_t name_size = o->lines_count > LINES_ALWAYS_FIT ? NAME_SIZE_CROWDED : NAME_SIZE_MAX;
    for (size_t i = 0; i < o->lines_count; i++) {
        const struct submit_line *l = &o->lines[i];
        const struct door_line *found = &door->lines[i];
        row->lines[i] = (struct order_line){.line = l->line,
                                            .sku = l->sku,
                                            .seller = found->choice.seller,
                                            .node = found->choice.node,
                                            .cost_centre = l->cost_centre,
                                            .note = l->note,
                                            .state = LINE_RECEIVED,
                                            .ordered = l->quantity,
                                            .quantity = l->quantity,
                                            .requested_at = l->requested_at,
                                            .agreed = agreed_text(l),
                                            .agreed_discount_ppm = l->agreed_discount_ppm,
                                            .agreed_price = l->agreed_price};
        if (found->product != NULL)
            row->lines[i].name = text_cut(arena_str(s->arena, found->product->name), name_size);
        row->lines[i].seller = arena_str(s->arena, row->lines[i].seller);
        row->lines[i].node = arena_str(s->arena, row->lines[i].node);
    }
}

static void row_fill(struct saga *s, const struct order_submit *o, const struct door *door)
{
    struct order_row *row = s->row;
    struct instant now = fold_now(s->fold);
    *row = (struct order_row){.order_id = o->order,
                              .account = o->account,
                              .unit = o->unit,
                              .buyer = o->buyer,
                              .principal = o->principal,
                              .actor = str_present(o->actor) ? o->actor : STR("person"),
                              .sales_rep = o->sales_rep,
                              .channel = o->channel,
                              .currency = o->currency,
                              .purchase_order = o->purchase_order,
                              .reference = o->reference,
                              .payment_term = o->payment_term,
                              .dry_run = s->in->type == &type_order_preview,
                              .version = 1,
                              .charges = o->charges,
                              .charges_count = o->charges_count,
                              .ship_to = o->ship_to,
                              .bill_to = o->bill_to,
                              .extensions = o->extensions,
                              .requested_at = o->requested_at,
                              .recorded_at = now};
    row->line_policy =
        o->line_policy == LINE_POLICY_ABSENT ? LINE_POLICY_ALL_OR_NOTHING : o->line_policy;
    row->commit_at = o->commit_at == COMMIT_AT_ABSENT ? COMMIT_AT_CONFIRM : o->commit_at;
    row->placed_at = instant_present(o->placed_at) ? o->placed_at : now;
    row->command_hash = command_hash(s->in->type, o, s->arena);
    lines_fill(s, o, door);
    state_set(row);
}

/* The command's answer, kept for repeats. */
static void answer_keep(struct saga *s, struct str id)
{
    s->row->answer_id = id;
    s->row->answer_sequence = s->row->chain.sequence;
}

static void refuse_at_door(struct saga *s, const struct reason *reasons, size_t count)
{
    s->row->refused_at_door = true;
    reasons_add(s, reasons, count);
    order_refuse(s);
}

/* For lack of right: answered, but nothing is kept, so that it is decided anew at each repeat. */
static void deny(struct fold *f, const struct input *in, const struct door *door)
{
    struct fault fault = {.code = arena_cstr(fold_arena(f), door->denied->code),
                          .path = door->denied->path,
                          .text = door->denied->text,
                          .remedy = door->denied->remedy};
    fold_deny(f, in, &fault);
}

static void receive(struct saga *s)
{
    if (!s->row->dry_run)
        answer_keep(s, tell_fact(s, &type_order_received, NULL));
    price_ask(s);
}

/* Sent again: the stored answer when it is the same command, else a conflict. */
static void repeat(struct saga *s, const struct order_row *row, const struct order_submit *o)
{
    static const struct fault conflict = {.code = "conflict",
                                          .path = TEXT("/order"),
                                          .text =
                                              TEXT("This order id was used with another content."),
                                          .remedy = TEXT("Mint a new order id.")};
    static const struct fault in_flight = {.code = "in_flight",
                                           .path = TEXT("/order"),
                                           .text = TEXT("This preview is being worked on."),
                                           .remedy = TEXT("Send the same again a little later."),
                                           .retriable = true};
    struct sha256 hash = command_hash(s->in->type, o, s->arena);
    s->row = arena_new(s->arena, struct order_row);
    *s->row = *row; /* only read: nothing of it is kept */
    if (!sha256_equal(&hash, &row->command_hash))
        fold_deny(s->fold, s->in, &conflict);
    else if (row->dry_run && row->step != STEP_ENDED)
        fold_deny(s->fold, s->in, &in_flight);
    else if (row->dry_run)
        tell_repeat(s, &type_order_previewed);
    else
        tell_repeat(s, row->refused_at_door ? &type_order_refused : &type_order_received);
}

void submit_decide(struct fold *f, const struct input *in)
{
    const struct order_submit *o = in->body;
    struct order_row key = {.order_id = o->order};
    struct saga s = {.fold = f, .in = in, .arena = fold_arena(f)};
    const struct order_row *known = fold_get(f, &orders_entity, &key);
    struct door door;
    if (known != NULL) {
        repeat(&s, known, o);
        return;
    }
    struct door_input question = {o, in->rights, fold_now(f), fold_snapshot(f)};
    door_judge(&question, s.arena, &door);
    if (door.denied != NULL) {
        deny(f, in, &door);
        return;
    }
    s.row = fold_edit(f, &orders_entity, &key);
    row_fill(&s, o, &door);
    if (door.reasons_count > 0)
        refuse_at_door(&s, door.reasons, door.reasons_count);
    else if (!order_fits(&s))
        refuse_at_door(&s, &reason_too_large, 1);
    else
        receive(&s);
}
