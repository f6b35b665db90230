/* decide_expiry: until when a reservation is held. Reservations that are far from their end share a
 * timer for each node and minute; when the minute begins, those of it that are still held get
 * timers of their own, so that each expires, or is parked, by itself and at its own time. Nearly
 * all are committed long before, and need none. Pure. */
#include "services/catalog/decide_expiry.h"

#include <string.h>

#include "services/catalog/reservation_rules.h"

static struct str expiry_id(struct fold *f, const struct reservation *r)
{
    return arena_printf(fold_arena(f), "%.*s/%.*s/expiry", STR_ARG(r->order_id), STR_ARG(r->node));
}

/* It has a timer of its own from the minute on in which it expires. */
static bool expiry_is_near(const struct fold *f, const struct reservation *r)
{
    return expiry_minute(r->expires_at).at <= fold_now(f).at;
}

static void own_timer_set(struct fold *f, const struct input *in, const struct reservation *r)
{
    struct timer t = {.id = expiry_id(f, r),
                      .due = r->expires_at,
                      .key = r->node,
                      .subject = r->order_id,
                      .kind = STR("reservation_expiry"),
                      .body = STR("")};
    fold_timer_set(f, in, &t);
}

static struct str time_text(struct fold *f, struct instant t)
{
    char text[INSTANT_TEXT_SIZE];
    size_t size = instant_write(t, text);
    return arena_str(fold_arena(f), (struct str){text, size});
}

static void minute_timer_set(struct fold *f, const struct input *in, const struct expiring *last,
                             struct timer t)
{
    struct str begin = time_text(f, t.due);
    t.id = arena_printf(fold_arena(f), "expiry/%.*s/%.*s", STR_ARG(t.key), STR_ARG(begin));
    t.subject = STR_NONE;
    t.kind = STR("expiry_minute");
    t.body = STR("");
    if (last != NULL)
        t.body = arena_printf(fold_arena(f), "%.*s %.*s", STR_ARG(time_text(f, last->expires_at)),
                              STR_ARG(last->order_id));
    fold_timer_set(f, in, &t);
}

void expiry_set(struct fold *f, const struct input *in, const struct reservation *r)
{
    struct timer minute = {.key = r->node, .due = expiry_minute(r->expires_at)};
    if (!instant_present(r->expires_at))
        return;
    if (expiry_is_near(f, r))
        own_timer_set(f, in, r);
    else
        minute_timer_set(f, in, NULL, minute);
}

void expiry_clear(struct fold *f, const struct input *in, const struct reservation *r)
{
    if (instant_present(r->expires_at) && expiry_is_near(f, r))
        fold_timer_clear(f, in, expiry_id(f, r));
}

/* --- the minute has begun */

/* The page that the timer asks for: the first, or the one behind "<time> <order>". */
static struct expiry page_of(struct fold *f, const struct timer *t)
{
    struct expiry page = {.node = t->key, .since = time_text(f, t->due), .after = STR("")};
    const char *space = t->body.size > 0 ? memchr(t->body.at, ' ', t->body.size) : NULL;
    if (space != NULL) {
        size_t size = (size_t)(space - t->body.at);
        page.since = (struct str){t->body.at, size};
        page.after = (struct str){space + 1, t->body.size - size - 1};
    }
    return page;
}

void expiry_minute_decide(struct fold *f, const struct input *in)
{
    struct expiry key = page_of(f, in->timer);
    const struct expiry *page = fold_get(f, &expiry_entity, &key);
    size_t count = page != NULL ? page->orders_count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct reservation *r =
            fold_get(f, &reservation_entity,
                     &(struct reservation){.order_id = page->orders[i].order_id, .node = key.node});
        if (r != NULL && r->state == RESERVATION_RESERVED && instant_present(r->expires_at))
            own_timer_set(f, in, r);
    }
    if (count == EXPIRY_PAGE)
        minute_timer_set(f, in, &page->orders[count - 1],
                         (struct timer){.key = key.node, .due = in->timer->due});
}

void expiry_minute_needs(struct fold *f, const struct input *in)
{
    struct expiry key = page_of(f, in->timer);
    fold_need(f, &expiry_entity, &key);
    const struct expiry *page = fold_get(f, &expiry_entity, &key);
    for (size_t i = 0; page != NULL && i < page->orders_count; i++)
        fold_need(f, &reservation_entity,
                  &(struct reservation){.order_id = page->orders[i].order_id, .node = key.node});
}
