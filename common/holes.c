/* holes: a short list. */
#include "common/holes.h"

#include <stdio.h>

static struct hole *find(struct holes *h, const struct hole *of)
{
    for (size_t i = 0; i < h->count; i++)
        if (h->items[i].part == of->part && h->items[i].input == of->input &&
            h->items[i].source == of->source)
            return &h->items[i];
    return NULL;
}

void holes_open(struct holes *h, const struct hole *hole)
{
    if (!find(h, hole) && h->count < HOLE_COUNT_MAX)
        h->items[h->count++] = *hole;
}

void holes_close(struct holes *h, const struct hole *hole)
{
    struct hole *known = find(h, hole);
    if (known)
        *known = h->items[--h->count];
}

void holes_forget(struct holes *h, int32_t part)
{
    size_t kept = 0;
    for (size_t i = 0; i < h->count; i++)
        if (h->items[i].part != part)
            h->items[kept++] = h->items[i];
    h->count = kept;
}

void holes_text(const struct holes *h, const struct stream_plan *plan, char *out, size_t size)
{
    out[0] = 0;
    if (h->count == 0)
        return;
    const struct hole *first = &h->items[0];
    const struct topic *topic = plan->inputs[first->input];
    snprintf(out, size,
             "%zu chain%s miss%s a link: %s/%d on %s/%d after sequence %lld; "
             "batuta-%s republish sends it again",
             h->count, h->count == 1 ? "" : "s", h->count == 1 ? "es" : "", topic->owner,
             (int)first->source, topic->name, (int)first->part, (long long)first->seen,
             topic->owner);
}
