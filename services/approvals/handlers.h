/* handlers: what each kind of input does. decide.c dispatches to them. Pure. */
#ifndef SERVICES_APPROVALS_HANDLERS_H
#define SERVICES_APPROVALS_HANDLERS_H

#include "services/approvals/scene.h"

/* requests.c: asked by orders; answered under the order's key */
void request_decide(struct fold *f, const struct input *in);
void commit_decide(struct fold *f, const struct input *in);
void reduce_decide(struct fold *f, const struct input *in);
void release_decide(struct fold *f, const struct input *in);
void settle_decide(struct fold *f, const struct input *in);

/* commands.c: from the back office */
void account_put_decide(struct fold *f, const struct input *in);
void payment_decide(struct fold *f, const struct input *in);

/* approvals_flow.c: what people say, and what the clock says when they do not */
void approve_decide(struct fold *f, const struct input *in);
void reject_decide(struct fold *f, const struct input *in);
void reminder_decide(struct fold *f, const struct input *in);
void expiry_decide(struct fold *f, const struct input *in);

/* asking.c: the tier that is asked now, its timers, the end of asking; what becomes of the hold */
void tier_ask(struct scene *s, struct authorization *auth, int64_t tier);
struct str tier_mark(struct arena *a, const struct authorization *auth); /* body of its timers */
void asking_end(struct scene *s, struct authorization *auth);
/* After what is granted was explained: where the request asked for it, the hold becomes committed
 * in the same decision. It is told as granted all the same. */
void granted_commit(struct scene *s, struct authorization *auth);
/* Gives back what the order holds, and says why in its row. Returns the change for the receipt. */
struct receipt_credit *hold_release(struct scene *s, struct authorization *auth, int64_t version,
                                    struct str why);

#endif
